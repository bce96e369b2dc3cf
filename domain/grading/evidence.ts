/** How a grade or a speed is known, strongest first. */
export type Evidence = 'measured-card' | 'measured-model' | 'predicted';

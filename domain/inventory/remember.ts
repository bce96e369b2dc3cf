/**
 * A function that remembers its answers, for texts that a farm has over and over again: names of cards and processors.
 * What it gives must not be changed. It forgets all where it has `mostCount`, so that no file can fill the memory.
 */
export function remembering<Answer>(answerTo: (text: string) => Answer, mostCount = 4096): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = answerTo(text);
    if (answers.size >= mostCount) answers.clear();
    answers.set(text, answer);
    return answer;
  };
}

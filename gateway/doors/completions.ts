import { completionRequestSchema } from '@rerig/api/openai';
import type { FastifyInstance } from 'fastify';
import { type DoorParts, openGenerationDoor } from './generation.ts';

/** `POST /v1/completions`. */
export function openCompletionsDoor(app: FastifyInstance, parts: DoorParts): void {
  openGenerationDoor(app, parts, 'completions', (body) => {
    const parsed = completionRequestSchema.safeParse(body);
    return parsed.success
      ? { success: true, asked: { door: 'completions', request: parsed.data } }
      : { success: false, error: parsed.error };
  });
}

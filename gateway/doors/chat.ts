import { chatRequestSchema } from '@rerig/api/openai';
import type { FastifyInstance } from 'fastify';
import { type DoorParts, openGenerationDoor } from './generation.ts';

/** `POST /v1/chat/completions`. */
export function openChatDoor(app: FastifyInstance, parts: DoorParts): void {
  openGenerationDoor(app, parts, 'chat', (body) => {
    const parsed = chatRequestSchema.safeParse(body);
    return parsed.success
      ? { success: true, asked: { door: 'chat', request: parsed.data } }
      : { success: false, error: parsed.error };
  });
}

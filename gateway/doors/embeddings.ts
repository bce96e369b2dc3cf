import { embeddingRequestSchema } from '@rerig/api/openai';
import type { FastifyInstance } from 'fastify';
import { type DoorParts, openGenerationDoor } from './generation.ts';

/** `POST /v1/embeddings`. */
export function openEmbeddingsDoor(app: FastifyInstance, parts: DoorParts): void {
  openGenerationDoor(app, parts, 'embeddings', (body) => {
    const parsed = embeddingRequestSchema.safeParse(body);
    return parsed.success
      ? { success: true, asked: { door: 'embeddings', request: parsed.data } }
      : { success: false, error: parsed.error };
  });
}

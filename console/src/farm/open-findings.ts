import { useCallback, useState } from 'react';

/** Which finding of each card is open, by its place; kept above the cards, which are drawn anew at another width. */
export interface OpenFindings {
  readonly indexByCardId: ReadonlyMap<string, number>;
  /** Opens one finding of a card, or none (null). Stays the same function. */
  readonly onOpen: (cardId: string, index: number | null) => void;
}

/** Starts with every finding closed. */
export function useOpenFindings(): OpenFindings {
  const [indexByCardId, setIndexByCardId] = useState<ReadonlyMap<string, number>>(new Map());
  const onOpen = useCallback((cardId: string, index: number | null) => {
    setIndexByCardId((before) => {
      const others = [...before].filter(([each]) => each !== cardId);
      return new Map(index === null ? others : [...others, [cardId, index]]);
    });
  }, []);
  return { indexByCardId, onOpen };
}

import { z } from 'zod';

// Zod makes faster parsers with eval where it may. The page's Content-Security-Policy forbids eval, and each try at it
// would be reported as a violation. Imported first, so that it is said before a schema is made.
z.config({ jitless: true });

/**
 * The content security policy lets no page make code of text. zod would try, and the browser would report it; this has to be said before zod
 * is loaded.
 */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

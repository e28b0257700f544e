/** No message, however encoded, is larger: checked by whoever publishes and by whoever reads. */
export const MAX_MESSAGE_BYTES = 512 * 1024;

/** How deep objects and arrays may nest in a body, the body itself being 1. */
export const MAX_DEPTH = 32;

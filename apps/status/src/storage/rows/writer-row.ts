/** Whose term is the newest, and the record's clock. Taking the row holds off every other writer until the end of the transaction. */
export const SELECT_WRITER = {
  name: 'writer',
  text: 'select term, clock from writer for update',
};

/** The largest time that a tick carried. */
export const UPDATE_CLOCK = {
  name: 'clock',
  text: 'update writer set clock = $1 where clock < $1',
};

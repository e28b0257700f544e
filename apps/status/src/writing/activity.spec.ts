import { describe, expect, it } from '@jest/globals';
import { Activity } from './activity.js';

describe('whether this status is the active one', () => {
  it('follows from whether it received anything in the last three seconds', () => {
    let now = 0;
    const activity = new Activity(() => now);
    expect(activity.isActive).toBe(false);
    activity.received();
    now = 2_999;
    expect(activity.isActive).toBe(true);
    now = 3_000;
    expect(activity.isActive).toBe(false);
  });
});

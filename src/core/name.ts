/** What ids of entries, groups and users look like: safe in files, URLs, logs and metrics. */
export const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** The rest of a sentence whose subject is the name. */
export const NAME_RULE = 'must be at most 64 of a-z, 0-9, `.`, `_` and `-`, the first a letter or a digit'

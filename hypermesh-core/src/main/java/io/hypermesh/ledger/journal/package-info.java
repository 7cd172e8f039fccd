/**
 * What is kept on disk: an append-only log of checksummed records, snapshots, and the lock that
 * keeps two processes from one directory. Start with {@link io.hypermesh.ledger.journal.Journal},
 * which knows nothing of what its records mean.
 */
package io.hypermesh.ledger.journal;

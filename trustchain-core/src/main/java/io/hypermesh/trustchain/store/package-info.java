/**
 * The file shells under the log and the issuances: {@link io.hypermesh.trustchain.store.RecordLog}
 * appends checksummed records and recovers them, {@link io.hypermesh.trustchain.store.GroupCommit}
 * lets many threads share one write, {@link io.hypermesh.trustchain.store.StoreLock} keeps other
 * processes out, and {@link io.hypermesh.trustchain.store.DurableFiles} replaces small files whole.
 */
package io.hypermesh.trustchain.store;

/**
 * Certified states: votes on them, what a snapshot is, how a replica that fell behind fetches one,
 * and the durable log that a checkpoint shortens.
 */
package io.hypermesh.byzantine.checkpoint;

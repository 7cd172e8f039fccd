/**
 * The same {@link io.hypermesh.stoq.StoqChannel} through memory that processes of one host share.
 * Start at {@link io.hypermesh.stoq.ipc.StoqIpc}; {@link io.hypermesh.stoq.ipc.StoqIpcChannel} says
 * what a channel guarantees.
 */
package io.hypermesh.stoq.ipc;

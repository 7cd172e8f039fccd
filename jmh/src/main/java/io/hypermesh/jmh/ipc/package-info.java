/**
 * Messages through shared memory: STOQ's {@code ipc} beside Aeron's. Start at {@link
 * io.hypermesh.jmh.ipc.IpcComparison}.
 */
package io.hypermesh.jmh.ipc;

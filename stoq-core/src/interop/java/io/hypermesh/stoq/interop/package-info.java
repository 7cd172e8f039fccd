/**
 * STOQ against other people's QUIC stacks over {@code [::1]}: {@link
 * io.hypermesh.stoq.interop.InteropTest} runs every {@link io.hypermesh.stoq.interop.Scenario} with
 * every {@link io.hypermesh.stoq.interop.Peer} and writes the table that the README shows. Compiled
 * and run only by the profile {@code interop}.
 */
@NullMarked
package io.hypermesh.stoq.interop;

import org.jspecify.annotations.NullMarked;

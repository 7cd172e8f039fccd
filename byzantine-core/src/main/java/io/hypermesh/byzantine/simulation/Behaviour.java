package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.Signer;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * How a member misbehaves: a correct replica runs inside, and what it sends passes through here and
 * comes out as something else. The member has its own key and nobody else's. {@link Behaviours} has
 * the usual ones; they compose by {@link #andThen}.
 */
@FunctionalInterface
public interface Behaviour {
  /**
   * What is sent in place of a message.
   *
   * @param self the member
   * @param to whom the message was for, always one member
   * @param message what a correct member would send
   * @return what goes out, possibly nothing
   */
  List<Sending> send(Misbehaving self, int to, byte[] message);

  /** A message on its way out. */
  @SuppressWarnings("ArrayRecordComponent") // Bytes on their way; never compared.
  record Sending(int to, byte[] message, long extraDelayNanos) {}

  /** The member, as far as its misbehaviour needs it. */
  record Misbehaving(int index, Membership membership, Signer signer, RandomGenerator random) {}

  /** What this lets out goes through {@code next}. */
  default Behaviour andThen(Behaviour next) {
    return (self, to, message) ->
        send(self, to, message).stream()
            .flatMap(sending ->
                next.send(self, sending.to(), sending.message()).stream()
                    .map(after ->
                        new Sending(
                            after.to(),
                            after.message(),
                            after.extraDelayNanos() + sending.extraDelayNanos())))
            .toList();
  }
}

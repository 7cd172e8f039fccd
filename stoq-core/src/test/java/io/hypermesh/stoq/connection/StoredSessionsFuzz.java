package io.hypermesh.stoq.connection;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.handshake.CheapHandshakes;
import io.hypermesh.stoq.handshake.ClientSession;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.simulation.LinkConditions;
import io.hypermesh.stoq.stream.Stream;
import java.util.Arrays;

/**
 * A client takes up a session that was kept as bytes, which time or another version of this code
 * has changed: it can't be read, or the client connects with it or without, and with early data or
 * without. Neither side blames itself.
 */
public final class StoredSessionsFuzz implements FuzzTarget {
  private static final int CHANGES_MAX = 6;
  private static final long SECONDS = 20;

  private final CheapHandshakes handshakes = new CheapHandshakes();
  private final byte[] kept;

  /** Makes the connection whose session is kept. */
  public StoredSessionsFuzz() {
    kept = SimulatedPair.session(handshakes, true);
  }

  @Override
  public void run(FuzzInput input) {
    boolean early = input.flag();
    byte[] bytes = kept;
    for (int i = input.below(CHANGES_MAX + 1); i > 0; i--) {
      bytes = changed(bytes, input);
    }
    ClientSession session;
    try {
      session = ClientSession.decode(bytes);
    } catch (IllegalArgumentException e) {
      require(e.getMessage().startsWith("couldn't read a session"), e.getMessage());
      return;
    }
    SimulatedPair pair = new SimulatedPair(9, LinkConditions.PERFECT);
    pair.server.serverTls = handshakes.server(8, 0, true);
    pair.client.connect(
        SimulatedPair.SERVER_ADDRESS, handshakes.client(10, _ -> {}), session, early, 0);
    pair.client.bytesPerStream = 3_000;
    Stream stream = pair.client.open(false, 0);
    boolean done =
        pair.runUntil(() -> pair.client.isEstablished() && pair.server.isEstablished(), SECONDS);
    CloseReason reason = pair.client.closeReason();
    require(done || reason != null, "neither established nor closed");
    requireNoDefect(reason);
    requireNoDefect(pair.server.connection == null ? null : pair.server.closeReason());
    if (done && stream != null) {
      require(
          pair.runUntil(() -> pair.server.bytesRead >= pair.client.bytesPerStream, SECONDS),
          "what was sent early never arrives");
    }
  }

  private static void requireNoDefect(CloseReason reason) {
    require(
        reason == null || reason.errorCode() != TransportErrorCode.INTERNAL_ERROR,
        reason == null ? "" : reason.reason());
  }

  /** One byte is another, or some are cut, repeated or put in. */
  private static byte[] changed(byte[] bytes, FuzzInput input) {
    if (bytes.length == 0) {
      return bytes;
    }
    int at = input.below(bytes.length);
    if (input.below(4) < 3) {
      byte[] other = bytes.clone();
      other[at] = (byte) input.uint8();
      return other;
    }
    int end = Math.min(bytes.length, at + input.below(40));
    byte[] piece = input.piece();
    byte[] other = Arrays.copyOf(bytes, bytes.length - (end - at) + piece.length);
    System.arraycopy(piece, 0, other, at, piece.length);
    System.arraycopy(bytes, end, other, at + piece.length, bytes.length - end);
    return other;
  }
}

package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Changes a good flight as an input says, message by message, with lengths that fit unless they are
 * what is changed: so that the change gets past the framing to what reads the content.
 */
final class FlightMutator {
  private static final int CHANGES_MAX = 12;

  private FlightMutator() {}

  static byte[] mutate(byte[] flight, FuzzInput input) {
    List<byte[]> messages = new ArrayList<>(HandshakeFixture.split(flight));
    for (int i = input.below(CHANGES_MAX + 1); i > 0 && !messages.isEmpty(); i--) {
      int which = input.below(messages.size());
      byte[] message = messages.get(which);
      switch (input.below(9)) {
        case 0 -> messages.set(which, replaceByte(message, input, 4));
        case 1 -> messages.set(which, replaceByte(message, input, 0));
        case 2 -> messages.set(which, fitLength(splice(message, input)));
        case 3 -> messages.remove(which);
        case 4 -> messages.add(which, message);
        case 5 -> messages.add(messages.remove(which));
        case 6 -> messages.set(which, message(input.below(26), input.piece()));
        case 7 -> messages.add(which, message(input.below(26), input.piece()));
        default -> messages.set(which, changeExtension(message, input));
      }
    }
    return HandshakeFixture.join(messages);
  }

  private static byte[] message(int type, byte[] body) {
    return HandshakeWriter.ofMessage(type).bytes(body).finish();
  }

  private static byte[] replaceByte(byte[] message, FuzzInput input, int from) {
    byte[] changed = message.clone();
    if (message.length > from) {
      changed[from + input.below(message.length - from)] = (byte) input.uint8();
    }
    return changed;
  }

  /** Some bytes of the body by others, more or fewer. */
  private static byte[] splice(byte[] message, FuzzInput input) {
    int from = 4 + input.below(message.length - 3);
    int to = Math.min(message.length, from + input.below(64));
    return splice(message, from, to, input.piece());
  }

  private static byte[] splice(byte[] message, int from, int to, byte[] piece) {
    byte[] changed = new byte[message.length - (to - from) + piece.length];
    System.arraycopy(message, 0, changed, 0, from);
    System.arraycopy(piece, 0, changed, from, piece.length);
    System.arraycopy(message, to, changed, from + piece.length, message.length - to);
    return changed;
  }

  private static byte[] fitLength(byte[] message) {
    int length = message.length - 4;
    message[1] = (byte) (length >>> 16);
    message[2] = (byte) (length >>> 8);
    message[3] = (byte) length;
    return message;
  }

  /** Takes an extension out, puts one in, or gives one another content. */
  private static byte[] changeExtension(byte[] message, FuzzInput input) {
    int block = extensionsOffset(message);
    if (block < 0 || block + 2 > message.length) {
      return message;
    }
    List<byte[]> extensions = new ArrayList<>();
    for (int at = block + 2; at + 4 <= message.length; ) {
      int end = Math.min(message.length, at + 4 + uint16(message, at + 2));
      extensions.add(Arrays.copyOfRange(message, at, end));
      at = end;
    }
    int which = extensions.isEmpty() ? 0 : input.below(extensions.size());
    switch (extensions.isEmpty() ? 1 : input.below(4)) {
      case 0 -> extensions.remove(which);
      case 1 -> extensions.add(which, extension(input.uint16(), input.piece()));
      case 2 -> {
        byte[] old = extensions.get(which);
        int from = Math.min(old.length, 4 + input.below(64));
        int to = Math.min(old.length, from + input.below(64));
        byte[] content = splice(old, from, to, input.piece());
        extensions.set(
            which, extension(uint16(old, 0), Arrays.copyOfRange(content, 4, content.length)));
      }
      default -> extensions.add(extensions.remove(which));
    }
    byte[] joined = HandshakeFixture.join(extensions);
    byte[] changed = splice(message, block + 2, message.length, joined);
    changed[block] = (byte) (joined.length >>> 8);
    changed[block + 1] = (byte) joined.length;
    return fitLength(changed);
  }

  private static byte[] extension(int type, byte[] content) {
    HandshakeWriter writer = new HandshakeWriter(content.length + 4);
    return writer.uint16(type).opaque(2, content).finish();
  }

  /** Where a message's extensions are, which end it; -1 where it has none. */
  private static int extensionsOffset(byte[] message) {
    int at =
        switch (message.length < 5 ? -1 : message[0]) {
          case HandshakeType.CLIENT_HELLO ->
              after(message, after(message, after(message, 38, 1), 2), 1);
          case HandshakeType.SERVER_HELLO -> after(message, 38, 1) + 3;
          case HandshakeType.ENCRYPTED_EXTENSIONS -> 4;
          case HandshakeType.CERTIFICATE_REQUEST -> after(message, 4, 1);
          case HandshakeType.NEW_SESSION_TICKET -> after(message, after(message, 12, 1), 2);
          default -> -1;
        };
    return at < 0 || at > message.length ? -1 : at;
  }

  private static int after(byte[] message, int at, int lengthBytes) {
    if (at < 0 || at + lengthBytes > message.length) {
      return Integer.MIN_VALUE / 2;
    }
    int length = lengthBytes == 1 ? message[at] & 0xff : uint16(message, at);
    return at + lengthBytes + length;
  }

  private static int uint16(byte[] bytes, int at) {
    return at + 2 > bytes.length ? 0 : (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  /**
   * Feeds a flight in pieces; whatever it is, only an alert or a transport error may come.
   *
   * @param good what completes the handshake, unless that isn't this flight's to do: then null
   */
  static void feed(
      TlsHandshake victim, EncryptionLevel level, byte[] flight, int piece, byte[] good) {
    boolean before = victim.isComplete();
    feed(victim, level, flight, piece);
    boolean authentic =
        good != null
            && flight.length >= good.length
            && Arrays.equals(flight, 0, good.length, good, 0, good.length);
    FuzzInput.require(before || !victim.isComplete() || authentic, "a changed flight completes");
  }

  private static void feed(TlsHandshake victim, EncryptionLevel level, byte[] flight, int piece) {
    try {
      for (int at = 0; at < flight.length; at += piece) {
        victim.handleCrypto(level, flight, at, Math.min(piece, flight.length - at));
        drain(victim);
      }
    } catch (TransportException e) {
      long code = e.errorCode();
      boolean alert =
          code >= TransportErrorCode.CRYPTO_ERROR
              && code < TransportErrorCode.CRYPTO_ERROR + 256
              && code != Alert.INTERNAL_ERROR.errorCode();
      FuzzInput.require(
          alert
              || code == TransportErrorCode.PROTOCOL_VIOLATION
              || code == TransportErrorCode.CRYPTO_BUFFER_EXCEEDED,
          "code " + code + ": " + e.getMessage());
    } finally {
      victim.close();
    }
  }

  static void drain(TlsHandshake handshake) throws TransportException {
    for (HandshakeTask task = handshake.pollTask(); task != null; task = handshake.pollTask()) {
      task.run();
      handshake.handleTaskDone(task);
    }
    while (handshake.pollEvent() != null) {
      // What it would send.
    }
  }
}

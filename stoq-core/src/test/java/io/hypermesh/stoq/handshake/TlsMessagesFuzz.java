package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.TransportException;
import java.util.Arrays;
import java.util.List;

/** Each decoder of a handshake message, a ticket's content and a kept session, by itself. */
public final class TlsMessagesFuzz implements FuzzTarget {
  /** A decoder of messages. */
  @FunctionalInterface
  private interface Decoder {
    Object decode(byte[] message) throws TransportException;
  }

  private final ClientHelloOffer offer =
      new ClientHelloOffer(
          HandshakeFixture.clientSettings().build(),
          ServerName.of("node.example"),
          new byte[32],
          new byte[3]);
  private final SessionTickets tickets =
      SessionTickets.withFreshSecret(ResumptionFixture.DAY, new SeededRandom(7));

  private final List<Decoder> decoders =
      List.of(
          ClientHello::parse,
          message -> ServerHello.parse(message, offer),
          message -> EncryptedExtensions.parse(message, offer),
          CertificateRequest::parse,
          message -> CertificateMessage.parse(message, TlsSettings.Limits.DEFAULT),
          CertificateVerify::parse,
          NewSessionTicket::parse,
          message ->
              OfferedPsks.parse(new HandshakeReader(message, 4, message.length - 4, "psks")));

  @Override
  public void run(FuzzInput input) {
    int which = input.below(decoders.size() + 3);
    byte[] bytes = input.rest();
    if (which == decoders.size()) {
      readKeptSession(bytes);
    } else if (which == decoders.size() + 1) {
      readServerSession(bytes);
    } else if (which == decoders.size() + 2) {
      require(tickets.open(bytes, 1_700_000_000_000L) == null, "a ticket was forged");
    } else {
      try {
        // Below its header a message never gets to a decoder; the header fits what follows.
        byte[] message = new byte[4 + bytes.length];
        System.arraycopy(bytes, 0, message, 4, bytes.length);
        message[1] = (byte) (bytes.length >>> 16);
        message[2] = (byte) (bytes.length >>> 8);
        message[3] = (byte) bytes.length;
        require(decoders.get(which).decode(message) != null, "nothing");
      } catch (TransportException e) {
        require(e.errorCode() != Alert.INTERNAL_ERROR.errorCode(), e.getMessage());
      }
    }
  }

  private static void readKeptSession(byte[] bytes) {
    ClientSession session;
    try {
      session = ClientSession.decode(bytes);
    } catch (IllegalArgumentException e) {
      require(e.getMessage().startsWith("couldn't read a session"), e.getMessage());
      return;
    }
    require(session.toString() != null, "a name");
    byte[] again = session.encode();
    require(Arrays.equals(ClientSession.decode(again).encode(), again), "a session read again");
  }

  private static void readServerSession(byte[] bytes) {
    try {
      ServerSession session = ServerSession.decode(bytes);
      byte[] again = session.encode();
      require(Arrays.equals(ServerSession.decode(again).encode(), again), "read again");
    } catch (TransportException e) {
      require(e.errorCode() == Alert.DECODE_ERROR.errorCode(), e.getMessage());
    }
  }
}

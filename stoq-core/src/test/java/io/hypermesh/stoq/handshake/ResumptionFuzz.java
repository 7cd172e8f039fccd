package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A client offers a ticket that its server's key has sealed and that says anything, as one of
 * another version of this code or of another server with the same secret may; with a binder that
 * fits, unless the input changes the ClientHello. Only a ticket that fits this server, client,
 * version and time resumes; nothing makes either side blame itself.
 */
public final class ResumptionFuzz implements FuzzTarget {
  private static final int VERSION = 1;
  private static final String PROTOCOL = "stoq/1.0";
  private static final long DAY_MILLIS = 86_400_000;

  private final CheapHandshakes handshakes = new CheapHandshakes();
  private final byte[] certificate;

  /** Takes the certificate that a session remembers. */
  public ResumptionFuzz() {
    try {
      certificate = HandshakeFixture.SERVER.chain().getFirst().getEncoded();
    } catch (CertificateEncodingException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void run(FuzzInput input) throws TransportException {
    CipherSuite suite = input.oneOf(CipherSuite.values());
    byte[] psk = new byte[suite.hashLength()];
    Arrays.fill(psk, (byte) 1);
    ServerSession said = session(input, suite, psk);
    byte[] ticket = handshakes.tickets().seal(said, CheapHandshakes.NOW_MILLIS);
    if (ticket == null) {
      return;
    }
    boolean hold = !input.flag();
    TlsHandshake client =
        TlsHandshake.client(
            handshakes.client(1, _ -> {}),
            HandshakeFixture.HOST,
            9292,
            HandshakeFixture.CLIENT_PARAMETERS,
            () -> VERSION,
            kept(input, suite, psk, ticket, said),
            input.flag());
    TlsHandshake server =
        TlsHandshake.server(
            handshakes.server(2, 1, !input.flag()),
            HandshakeFixture.SERVER_PARAMETERS,
            new SessionBinding(() -> VERSION, new byte[] {9}, _ -> hold));
    boolean changes = input.below(4) == 3;
    boolean[] changed = {false};
    HandshakePair pair =
        new HandshakePair(
            client,
            server,
            (fromClient, level, data) -> {
              if (!changes || !fromClient || level != EncryptionLevel.INITIAL) {
                return data;
              }
              byte[] other = input.flag() ? end(data, input) : FlightMutator.mutate(data, input);
              changed[0] |= !Arrays.equals(other, data);
              return other;
            },
            Integer.MAX_VALUE);
    pair.run();
    check(pair.client.failure);
    check(pair.server.failure);
    boolean complete = pair.client.complete != null && pair.server.complete != null;
    boolean failed = pair.client.failure != null || pair.server.failure != null;
    require(complete || changed[0] || failed, "neither done nor failed");
    if (complete) {
      require(!changed[0], "a changed ClientHello completes");
      require(pair.client.complete.resumed() == pair.server.complete.resumed(), "both or neither");
      require(!pair.server.complete.resumed() || fits(said, suite), "a ticket that doesn't fit");
    }
    client.close();
    server.close();
  }

  /** Another byte among the binders. */
  private static byte[] end(byte[] hello, FuzzInput input) {
    byte[] changed = hello.clone();
    changed[hello.length - 1 - input.below(Math.min(60, hello.length))] = (byte) input.uint8();
    return changed;
  }

  private static boolean fits(ServerSession said, CipherSuite suite) {
    long now = CheapHandshakes.NOW_MILLIS;
    return said.suite().hashLength() == suite.hashLength()
        && said.quicVersion() == VERSION
        && said.applicationProtocol().equals(PROTOCOL)
        && HandshakeFixture.HOST.equals(said.serverName())
        && said.expiresAtMillis() > now;
  }

  private static void check(TransportException failure) {
    require(
        failure == null || failure.errorCode() != Alert.INTERNAL_ERROR.errorCode(),
        failure == null ? "" : failure.getMessage());
  }

  /** Mostly what this server would have said. */
  private ServerSession session(FuzzInput input, CipherSuite suite, byte[] psk) {
    long now = CheapHandshakes.NOW_MILLIS;
    int other = input.uint16();
    List<byte[]> chain = new ArrayList<>();
    for (int i = bit(other, 0) ? input.below(3) : 0; i > 0; i--) {
      byte[] any = input.piece();
      chain.add(any.length == 0 ? certificate : any);
    }
    return new ServerSession(
        input.uint8(),
        psk.clone(),
        bit(other, 1) ? sameHash(input.oneOf(CipherSuite.values()), suite) : suite,
        bit(other, 2) ? (int) input.uint64() : VERSION,
        bit(other, 3) ? "x" + input.uint8() : PROTOCOL,
        bit(other, 4)
            ? (input.flag() ? null : "n" + input.uint8() + ".example")
            : HandshakeFixture.HOST,
        bit(other, 5) ? input.uint64() : now - 1_000,
        bit(other, 6) ? input.uint64() : now + DAY_MILLIS,
        bit(other, 7) ? input.uint64() : now + DAY_MILLIS,
        bit(other, 8) ? input.uint64() & 0xffffffffL : 5,
        bit(other, 9) ? input.below(3) : CheapHandshakes.REGISTER_ID,
        bit(other, 10) ? input.piece() : new byte[] {9},
        chain);
  }

  private ClientSession kept(
      FuzzInput input, CipherSuite suite, byte[] psk, byte[] ticket, ServerSession said) {
    long now = CheapHandshakes.NOW_MILLIS;
    byte[] shown = ticket;
    if (input.below(8) == 7) {
      shown = ticket.clone();
      shown[input.below(ticket.length)] = (byte) input.uint8();
    }
    return new ClientSession(
        VERSION,
        suite,
        PROTOCOL,
        HandshakeFixture.HOST,
        shown,
        said.ageAdd(),
        psk.clone(),
        true,
        input.flag() ? now - 1_000 : input.uint64(),
        now + DAY_MILLIS,
        List.of(certificate),
        new byte[] {9});
  }

  /** Another suite, where a key of the same length goes with it. */
  private static CipherSuite sameHash(CipherSuite other, CipherSuite suite) {
    return other.hashLength() == suite.hashLength() ? other : suite;
  }

  private static boolean bit(int bits, int index) {
    return (bits >>> index & 1) != 0;
  }
}

package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import java.util.List;

/** A client that gets a changed ServerHello, HelloRetryRequest, certificate flight, or ticket. */
public final class TlsClientFuzz implements FuzzTarget {
  private final byte[] serverHello;
  private final byte[] serverFlight;
  private final byte[] retryRequest;
  private final byte[] resumedHello;
  private final byte[] tickets;
  private final byte[] kept;

  /** Makes the good flights, which are the same for every input. */
  public TlsClientFuzz() {
    HandshakePair pair =
        HandshakeFixture.pair(HandshakeFixture.clientSettings(), HandshakeFixture.serverSettings())
            .run();
    serverHello = sent(pair, EncryptionLevel.INITIAL);
    serverFlight = sent(pair, EncryptionLevel.HANDSHAKE);
    retryRequest =
        sent(
            HandshakeFixture.pair(
                    HandshakeFixture.clientSettings(),
                    HandshakeFixture.serverSettings().groups(List.of(NamedGroup.SECP256R1)))
                .run(),
            EncryptionLevel.INITIAL);
    ResumptionFixture fixture = new ResumptionFixture();
    HandshakePair first = fixture.first();
    tickets = sent(first, EncryptionLevel.ONE_RTT);
    ClientSession session = first.client.sessions.getFirst();
    kept = session.encode();
    resumedHello = sent(fixture.second(session, true), EncryptionLevel.INITIAL);
  }

  private static byte[] sent(HandshakePair pair, EncryptionLevel level) {
    return pair.server.sent.stream()
        .filter(data -> data.level() == level)
        .findFirst()
        .orElseThrow()
        .data();
  }

  @Override
  public void run(FuzzInput input) throws TransportException {
    int stage = input.below(6);
    int piece = 1 + (input.uint8() << 4);
    TlsHandshake client =
        stage == 3
            ? ResumptionFixture.client(
                new ResumptionFixture().clientSettings(), ClientSession.decode(kept), true)
            : HandshakeFixture.client(HandshakeFixture.clientSettings());
    FlightMutator.drain(client);
    EncryptionLevel level = EncryptionLevel.INITIAL;
    byte[] flight = new byte[0];
    switch (stage) {
      case 0 -> flight = serverHello;
      case 1 -> {
        HandshakeFixture.feed(client, level, serverHello);
        level = EncryptionLevel.HANDSHAKE;
        flight = serverFlight;
      }
      case 2 -> flight = retryRequest;
      case 3 -> flight = resumedHello;
      case 4 -> {
        HandshakeFixture.feed(client, level, serverHello);
        HandshakeFixture.feed(client, EncryptionLevel.HANDSHAKE, serverFlight);
        FlightMutator.drain(client);
        level = EncryptionLevel.ONE_RTT;
        flight = tickets;
      }
      default -> {}
    }
    byte[] bytes = stage == 5 ? input.rest() : FlightMutator.mutate(flight, input);
    FlightMutator.feed(client, level, bytes, piece, stage == 1 ? flight : null);
  }
}

package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import java.util.List;

/** A server that gets a changed ClientHello, with or without a ticket, or a changed last flight. */
public final class TlsServerFuzz implements FuzzTarget {
  private final byte[] hello;
  private final byte[] hybridHello;
  private final byte[] lastFlight;
  private final byte[] resumingHello;

  /** Makes the good flights, which are the same for every input. */
  public TlsServerFuzz() {
    HandshakePair pair =
        HandshakeFixture.pair(HandshakeFixture.clientSettings(), HandshakeFixture.serverSettings())
            .run();
    hello = pair.client.sent.getFirst().data();
    lastFlight = pair.client.sent.getLast().data();
    hybridHello =
        HandshakeFixture.clientHello(
            HandshakeFixture.clientSettings()
                .groups(List.of(NamedGroup.X25519MLKEM768, NamedGroup.SECP256R1)));
    ResumptionFixture fixture = new ResumptionFixture();
    HandshakePair.Side client =
        new HandshakePair.Side(
            ResumptionFixture.client(fixture.clientSettings(), fixture.session(), true), true);
    try {
      client.drain();
    } catch (TransportException e) {
      throw new AssertionError(e);
    }
    resumingHello = client.sent.getFirst().data();
  }

  @Override
  public void run(FuzzInput input) throws TransportException {
    int stage = input.below(5);
    int piece = 1 + (input.uint8() << 4);
    TlsHandshake server =
        stage == 3
            ? new ResumptionFixture().server(new ResumptionFixture().serverSettings())
            : HandshakeFixture.server(HandshakeFixture.serverSettings());
    EncryptionLevel level = EncryptionLevel.INITIAL;
    byte[] flight =
        switch (stage) {
          case 0 -> hello;
          case 1 -> hybridHello;
          case 2 -> {
            HandshakeFixture.feed(server, EncryptionLevel.INITIAL, hello);
            FlightMutator.drain(server);
            level = EncryptionLevel.HANDSHAKE;
            yield lastFlight;
          }
          case 3 -> resumingHello;
          default -> new byte[0];
        };
    byte[] bytes = stage == 4 ? input.rest() : FlightMutator.mutate(flight, input);
    FlightMutator.feed(server, level, bytes, piece, stage == 2 ? flight : null);
  }
}

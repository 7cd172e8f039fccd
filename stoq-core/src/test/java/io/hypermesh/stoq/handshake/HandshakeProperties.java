package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeFixture.client;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.feed;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.server;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.handshake.HandshakeEvent.CryptoData;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportErrorCode;
import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.X509ExtendedTrustManager;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/**
 * Whatever the peer sends, and however it is cut, gives a good handshake or a {@link
 * TransportException}, and never more work than its bytes are worth.
 *
 * <p>Randoms are seeded and the keys' signatures deterministic, so a handshake can be brought to
 * the same state again and its recorded flights fit.
 */
class HandshakeProperties {
  /** What each side sends in a handshake with the seeds of the fixture. */
  private static final List<CryptoData> FROM_CLIENT;

  private static final List<CryptoData> FROM_SERVER;

  private static final X509ExtendedTrustManager TRUST = HandshakeFixture.AUTHORITY.trustManager();

  static {
    HandshakePair pair = pair(clientSettings(), serverSettings()).run();
    FROM_CLIENT = List.copyOf(pair.client.sent);
    FROM_SERVER = List.copyOf(pair.server.sent);
  }

  /** A point of the handshake at which a side awaits a flight. */
  enum Stage {
    CLIENT_HELLO(EncryptionLevel.INITIAL),
    SERVER_HELLO(EncryptionLevel.INITIAL),
    SERVER_FLIGHT(EncryptionLevel.HANDSHAKE),
    CLIENT_FLIGHT(EncryptionLevel.HANDSHAKE),
    AFTER(EncryptionLevel.ONE_RTT);

    private final EncryptionLevel level;

    Stage(EncryptionLevel level) {
      this.level = level;
    }

    /** The flight that is awaited. */
    byte[] flight() {
      return switch (this) {
        case CLIENT_HELLO -> FROM_CLIENT.getFirst().data();
        case SERVER_HELLO -> FROM_SERVER.getFirst().data();
        case SERVER_FLIGHT -> FROM_SERVER.getLast().data();
        case CLIENT_FLIGHT -> FROM_CLIENT.getLast().data();
        case AFTER -> new byte[] {4, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0};
      };
    }

    /** The side that awaits it. */
    TlsHandshake victim() throws TransportException {
      return switch (this) {
        case CLIENT_HELLO -> server(serverSettings());
        case SERVER_HELLO -> client(clientSettings());
        case SERVER_FLIGHT -> {
          TlsHandshake client = client(clientSettings());
          feed(client, EncryptionLevel.INITIAL, SERVER_HELLO.flight());
          yield client;
        }
        case CLIENT_FLIGHT -> {
          TlsHandshake server = server(serverSettings());
          feed(server, EncryptionLevel.INITIAL, CLIENT_HELLO.flight());
          runTasks(server);
          yield server;
        }
        case AFTER -> {
          TlsHandshake client = SERVER_FLIGHT.victim();
          feed(client, EncryptionLevel.HANDSHAKE, SERVER_FLIGHT.flight());
          runTasks(client);
          yield client;
        }
      };
    }
  }

  private static void runTasks(TlsHandshake handshake) throws TransportException {
    for (HandshakeTask task = handshake.pollTask(); task != null; task = handshake.pollTask()) {
      task.run();
      handshake.handleTaskDone(task);
    }
  }

  /** Feeds bytes; true where they were taken, false where they were refused as they should be. */
  private static boolean survives(Stage stage, byte[] bytes) throws TransportException {
    TlsHandshake victim = stage.victim();
    try {
      feed(victim, stage.level, bytes);
      runTasks(victim);
      return true;
    } catch (TransportException e) {
      boolean alert =
          e.errorCode() >= TransportErrorCode.CRYPTO_ERROR
              && e.errorCode() < TransportErrorCode.CRYPTO_ERROR + 256
              && e.errorCode() != Alert.INTERNAL_ERROR.errorCode();
      boolean transport =
          e.errorCode() == TransportErrorCode.PROTOCOL_VIOLATION
              || e.errorCode() == TransportErrorCode.CRYPTO_BUFFER_EXCEEDED;
      assertThat(alert || transport).as(e.errorCode() + ": " + e.getMessage()).isTrue();
      assertThat(e.frameType()).isEqualTo(Alert.CRYPTO_FRAME_TYPE);
      return false;
    } finally {
      victim.close();
    }
  }

  @Test
  void shouldHaveRecordedFlightsThatFit() throws Exception {
    for (Stage stage : Stage.values()) {
      assertThat(survives(stage, stage.flight())).as(stage.name()).isTrue();
    }
  }

  @Property(tries = 1_000)
  void shouldOnlyRefuseRandomBytes(@ForAll Stage stage, @ForAll @Size(max = 300) byte[] bytes)
      throws Exception {
    survives(stage, bytes);
  }

  @Property(tries = 1_000)
  void shouldOnlyRefuseRandomBodies(
      @ForAll Stage stage,
      @ForAll @IntRange(max = 25) int type,
      @ForAll @Size(max = 300) byte[] body)
      throws Exception {
    survives(stage, HandshakeWriter.ofMessage(type).bytes(body).finish());
  }

  @Property(tries = 2_000)
  void shouldOnlyRefuseMutatedFlights(
      @ForAll Stage stage, @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int mutations)
      throws Exception {
    Random random = new Random(seed);
    byte[] bytes = stage.flight();
    for (int i = 0; i < mutations && bytes.length > 0; i++) {
      bytes = mutate(bytes, random);
    }
    boolean taken = survives(stage, bytes);
    if (stage == Stage.SERVER_FLIGHT || stage == Stage.CLIENT_FLIGHT) {
      // All of such a flight is authenticated: what is changed cannot complete.
      assertThat(taken && completes(stage, bytes)).isEqualTo(Arrays.equals(bytes, stage.flight()));
    }
  }

  private static boolean completes(Stage stage, byte[] bytes) throws TransportException {
    TlsHandshake victim = stage.victim();
    feed(victim, stage.level, bytes);
    runTasks(victim);
    return victim.isComplete();
  }

  private static byte[] mutate(byte[] bytes, Random random) {
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(5)) {
      case 0 -> {
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        yield flipped;
      }
      case 1 -> {
        byte[] replaced = bytes.clone();
        replaced[at] = (byte) random.nextInt(256);
        yield replaced;
      }
      case 2 -> Arrays.copyOf(bytes, at);
      case 3 -> { // a byte more
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
        yield longer;
      }
      default -> { // a piece twice
        int length = Math.min(bytes.length - at, 1 + random.nextInt(16));
        byte[] longer = Arrays.copyOf(bytes, bytes.length + length);
        System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
        yield longer;
      }
    };
  }

  @Property(tries = 60)
  void shouldNotCareHowMessagesAreCut(@ForAll @IntRange(min = 1, max = 400) int chunkBytes) {
    HandshakePair pair =
        new HandshakePair(
                client(clientSettings()),
                server(serverSettings()),
                (fromClient, level, data) -> data,
                chunkBytes)
            .run();
    HandshakeTest.requireComplete(pair);
    assertThat(pair.client.sent.getLast().data()).isEqualTo(FROM_CLIENT.getLast().data());
  }

  @Test
  void shouldTakeAFlightThatIsCutAtAnyOneByte() throws Exception {
    for (Stage stage : Stage.values()) {
      byte[] flight = stage.flight();
      for (int cut = 0; cut <= flight.length; cut++) {
        TlsHandshake victim = stage.victim();
        victim.handleCrypto(stage.level, flight, 0, cut);
        victim.handleCrypto(stage.level, flight, cut, flight.length - cut);
        if (stage != Stage.AFTER) {
          assertThat(victim.state().name())
              .isIn("NEGOTIATING", "WAIT_ENCRYPTED_EXTENSIONS", "AUTHENTICATING");
        }
      }
    }
  }

  /** A decoder of messages. */
  @FunctionalInterface
  private interface Decoder {
    Object decode(byte[] message) throws TransportException;
  }

  private static final List<Decoder> DECODERS =
      List.of(
          ClientHello::parse,
          message -> ServerHello.parse(message, offer()),
          message -> EncryptedExtensions.parse(message, offer()),
          CertificateRequest::parse,
          message -> CertificateMessage.parse(message, TlsSettings.Limits.DEFAULT),
          CertificateVerify::parse,
          NewSessionTicket::parse);

  private static ClientHelloOffer offer() {
    return new ClientHelloOffer(
        clientSettings().build(), ServerName.of("node.example"), new byte[32], new byte[3]);
  }

  private static List<byte[]> messages() {
    List<byte[]> messages = new ArrayList<>();
    for (CryptoData data : FROM_CLIENT) {
      messages.addAll(HandshakeFixture.split(data.data()));
    }
    for (CryptoData data : FROM_SERVER) {
      messages.addAll(HandshakeFixture.split(data.data()));
    }
    messages.add(Stage.AFTER.flight());
    return messages;
  }

  @Property(tries = 3_000)
  void shouldOnlyRefuseMutatedMessages(
      @ForAll @IntRange(max = 6) int decoder,
      @ForAll @IntRange(max = 11) int message,
      @ForAll long seed,
      @ForAll @IntRange(max = 4) int mutations) {
    Random random = new Random(seed);
    List<byte[]> messages = messages();
    byte[] bytes = messages.get(message % messages.size());
    for (int i = 0; i < mutations; i++) {
      bytes = mutate(bytes, random);
      // Below its header a message never gets to a decoder.
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length, MessageAssembler.HEADER_LENGTH));
    }
    try {
      assertThat(DECODERS.get(decoder).decode(bytes)).isNotNull();
    } catch (TransportException e) {
      assertThat(e.errorCode()).isNotEqualTo(Alert.INTERNAL_ERROR.errorCode());
    }
  }

  @Property(tries = 1_000)
  void shouldOnlyRefuseMutatedCertificates(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int mutations) throws Exception {
    Random random = new Random(seed);
    byte[] certificate = HandshakeFixture.SERVER.chain().getFirst().getEncoded();
    for (int i = 0; i < mutations && certificate.length > 0; i++) {
      certificate = mutate(certificate, random);
    }
    PeerAuthentication peer =
        new PeerAuthentication(
            List.of(certificate),
            new CertificateVerify(SignatureScheme.ED25519, new byte[64]),
            new byte[32]);
    HandshakeContext context =
        new HandshakeContext(
            true,
            "node.example",
            1,
            null,
            CipherSuite.AES_128_GCM_SHA256,
            "stoq/1.0",
            List.of(),
            List.of());
    try {
      peer.authenticate(TRUST, context, TlsSettings.Limits.DEFAULT);
      throw new AssertionError("a signature of zeros was taken");
    } catch (AuthenticationException e) {
      assertThat(e.alert())
          .isIn(Alert.BAD_CERTIFICATE, Alert.ILLEGAL_PARAMETER, Alert.DECRYPT_ERROR);
    }
  }

  @Property(tries = 300)
  void shouldHoldAtMostTheMessageThatIsAllowed(
      @ForAll @IntRange(max = 25) int type, @ForAll @IntRange(max = 0xffffff) int length) {
    MessageAssembler assembler = new MessageAssembler(1_024);
    byte[] header = {(byte) type, (byte) (length >>> 16), (byte) (length >>> 8), (byte) length};
    try {
      assertThat(assembler.accept(header, 0, 4)).isEqualTo(4);
      assertThat(length).isLessThanOrEqualTo(1_024);
    } catch (TransportException e) {
      assertThat(e.errorCode()).isEqualTo(TransportErrorCode.CRYPTO_BUFFER_EXCEEDED);
      assertThat(length).isGreaterThan(1_024);
    }
  }
}

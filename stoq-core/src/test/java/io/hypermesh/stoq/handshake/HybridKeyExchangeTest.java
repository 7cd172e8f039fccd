package io.hypermesh.stoq.handshake;

import static io.hypermesh.stoq.handshake.HandshakeAssertions.assertAlert;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientHello;
import static io.hypermesh.stoq.handshake.HandshakeFixture.clientSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.pair;
import static io.hypermesh.stoq.handshake.HandshakeFixture.serverSettings;
import static io.hypermesh.stoq.handshake.HandshakeFixture.withExtensions;
import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.packet.EncryptionLevel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** X25519MLKEM768: both halves count, and both are checked. */
class HybridKeyExchangeTest {
  private static final NamedGroup HYBRID = NamedGroup.X25519MLKEM768;
  private static final int CIPHERTEXT_LENGTH = 1_088;
  private static final int ENCAPSULATION_KEY_LENGTH = 1_184;

  private static KeyExchange exchange(long seed) {
    return KeyExchange.generate(HYBRID, new SeededRandom(seed));
  }

  @Test
  void shouldAgreeOnTheSecretsOfBothInTheOrderOfTheDraft() throws Exception {
    KeyExchange client = exchange(1);
    KeyExchange server = exchange(2);
    byte[] share = client.share();
    KeyExchange.Answer answer = server.answer(share);
    byte[] secret = client.agree(answer.share());

    assertThat(share).hasSize(HYBRID.clientShareLength()).hasSize(1_216);
    assertThat(answer.share()).hasSize(HYBRID.serverShareLength()).hasSize(1_120);
    assertThat(secret).isEqualTo(answer.sharedSecret()).hasSize(64);
    // The second half is what X25519 alone agrees on.
    byte[] scalar = new byte[32];
    SeededRandom random = new SeededRandom(1);
    random.nextBytes(new byte[64]);
    random.nextBytes(scalar);
    byte[] elliptic =
        new EphemeralDiffieHellman(NamedGroup.X25519, scalar)
            .agree(Arrays.copyOfRange(answer.share(), CIPHERTEXT_LENGTH, 1_120));
    assertThat(Arrays.copyOfRange(secret, 32, 64)).isEqualTo(elliptic);
    assertThat(Arrays.copyOf(secret, 32)).isNotEqualTo(elliptic);
    assertThat(answer.toString()).isEqualTo("Answer[share of 1120 bytes]");
  }

  @Test
  void shouldGiveTheSameAnswerForTheSameSeed() throws Exception {
    byte[] share = exchange(1).share();
    KeyExchange.Answer one = exchange(2).answer(share);
    KeyExchange.Answer again = exchange(2).answer(share);
    assertThat(again.share()).isEqualTo(one.share());
    assertThat(exchange(1).share()).isEqualTo(share);
    assertThat(exchange(3).answer(share).share()).isNotEqualTo(one.share());
  }

  @Test
  void shouldRefuseSharesThatAreNone() {
    byte[] good = exchange(1).share();
    byte[] aboveModulus = good.clone();
    aboveModulus[0] = (byte) 0xff;
    aboveModulus[1] = (byte) 0xff;
    byte[] modulus = good.clone(); // the least that is too much: 3329
    modulus[0] = 0x01;
    modulus[1] = (byte) ((modulus[1] & 0xf0) | 0x0d);
    byte[] lowOrder = good.clone();
    Arrays.fill(lowOrder, ENCAPSULATION_KEY_LENGTH, lowOrder.length, (byte) 0);
    for (byte[] share :
        List.of(
            aboveModulus,
            modulus,
            lowOrder,
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1),
            Arrays.copyOf(good, ENCAPSULATION_KEY_LENGTH))) {
      assertAlert(Alert.ILLEGAL_PARAMETER, () -> exchange(2).answer(share));
    }
  }

  @Test
  void shouldRefuseAnswersThatAreNone() throws Exception {
    byte[] good = exchange(2).answer(exchange(1).share()).share();
    byte[] lowOrder = good.clone();
    Arrays.fill(lowOrder, CIPHERTEXT_LENGTH, lowOrder.length, (byte) 0);
    for (byte[] share :
        List.of(
            lowOrder,
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1),
            Arrays.copyOf(good, 32),
            new byte[1])) {
      assertAlert(Alert.ILLEGAL_PARAMETER, () -> exchange(1).agree(share));
    }
  }

  @Test
  void shouldNotAgreeWhereTheCiphertextWasChanged() throws Exception {
    KeyExchange client = exchange(1);
    KeyExchange.Answer answer = exchange(2).answer(client.share());
    byte[] changed = answer.share().clone();
    changed[100] ^= 1;
    byte[] secret = client.agree(changed);
    assertThat(Arrays.copyOf(secret, 32)).isNotEqualTo(Arrays.copyOf(answer.sharedSecret(), 32));
    assertThat(Arrays.copyOfRange(secret, 32, 64))
        .isEqualTo(Arrays.copyOfRange(answer.sharedSecret(), 32, 64));
  }

  @Test
  void shouldFailTheHandshakeWhereTheCiphertextWasChanged() {
    HandshakePair pair =
        new HandshakePair(
                HandshakeFixture.client(clientSettings().groups(List.of(HYBRID))),
                HandshakeFixture.server(serverSettings().groups(List.of(HYBRID))),
                (fromClient, level, data) -> {
                  if (!fromClient && level == EncryptionLevel.INITIAL) {
                    data[200] ^= 1;
                  }
                  return data;
                },
                Integer.MAX_VALUE)
            .run();
    assertAlert(Alert.DECRYPT_ERROR, pair.client.failure);
  }

  @Test
  void shouldTakeTheClientsFirstShareAndNotAskForAnother() throws Exception {
    byte[] shares =
        new HandshakeWriter(2_000)
            .open(2)
            .uint16(0x2a2a)
            .opaque(2, new byte[1])
            .uint16(HYBRID.code())
            .opaque(2, exchange(1).share())
            .uint16(NamedGroup.X25519.code())
            .opaque(2, KeyExchange.generate(NamedGroup.X25519, new SeededRandom(1)).share())
            .finish();
    byte[] groups =
        new HandshakeWriter(16)
            .open(2)
            .uint16(0x2a2a)
            .uint16(HYBRID.code())
            .uint16(NamedGroup.X25519.code())
            .finish();
    byte[] hello =
        withExtensions(
            clientHello(),
            extensions -> {
              extensions.put(ExtensionType.SUPPORTED_GROUPS, groups);
              extensions.put(ExtensionType.KEY_SHARE, shares);
            });
    TlsHandshake server = HandshakeFixture.server(serverSettings()); // X25519 is its first
    HandshakeFixture.feed(server, EncryptionLevel.INITIAL, hello);
    HandshakeTask task = server.pollTask();
    task.run();
    assertThat(task.failure()).isNull();
    assertThat(((ServerFlightTask) task).sharedSecret()).hasSize(64);
    server.close();
  }

  @Test
  void shouldRetryForTheHybridWithItsShareAlone() {
    HandshakePair pair =
        pair(
                clientSettings().groups(List.of(NamedGroup.X25519, HYBRID)),
                serverSettings().groups(List.of(HYBRID)))
            .run();
    HandshakeTest.requireComplete(pair);
    assertThat(pair.client.sent.get(0).data()).hasSizeLessThan(600);
    assertThat(pair.client.sent.get(1).data()).hasSizeGreaterThan(1_216);
  }

  @Test
  void shouldEraseItsKeys() throws Exception {
    KeyExchange client = exchange(1);
    byte[] share = client.share();
    KeyExchange.Answer answer = exchange(2).answer(share);
    client.close();
    client.close();
    // What is left of it is a key of zeros: another one.
    assertThat(client.share()).isNotEqualTo(share);
    assertThat(client.agree(answer.share())).isNotEqualTo(answer.sharedSecret());
  }
}

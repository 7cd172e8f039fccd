package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.Hkdf;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/**
 * The handshake with a HelloRetryRequest that RFC 8448 publishes (section 5), from the two hellos
 * of the client to the secret of resumption. What is encrypted there is opened with the keys that
 * come out here.
 */
class Rfc8448RetryTest {
  private static final CipherSuite SUITE = CipherSuite.AES_128_GCM_SHA256;

  private static final byte[] FIRST_CLIENT_HELLO =
      hex(
          """
          010000b00303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f000006130113031302
          010000810000000b0009000006736572766572ff01000100000a00080006001d001700180033002600240
          01d0020e8e8e3f3b93a25ed97a14a7dcacb8a272c6288e585c6484d05262fcad062ad1f002b00030203040
          00d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001
          c00024001
          """);

  private static final byte[] HELLO_RETRY_REQUEST =
      hex(
          """
          020000ac0303cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c00130100
          00840033000200170 02c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aacad3
          65dd0030953f4edf625636e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50
          781b5eda4aa15b0c8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0002b0002
          0304
          """);

  private static final byte[] COOKIE_EXTENSION =
      hex(
          """
          002c0074007271dcd04bb88bc3189119398a00000000eefafc76c146b823b096f8aacad365dd0030953f4edf
          625636e5f21bb2e23fcc654b1b5b40318d10d137abcbb87574e36e8a1f025f7dfa5d6e50781b5eda4aa15b0c
          8be778257d16aa3030e9e7841dd9e4c0342267e8ca0caf571fb2b7cff0f934b0
          """);

  private static final byte[] CLIENT_POINT =
      hex(
          """
          04a6da7392ec591e17abfd535964b99894d13befb221b3def2ebe3830eac8f0151812677c4d6d2237e85cf01
          d6910cfb83954e76ba735283053415 9897e8065780
          """);

  private static final byte[] SECOND_CLIENT_HELLO =
      join(
          hex(
              """
              010001fc0303b0b1c5a5aa37c5919f2ed1d5c6fff7fcb7849716945a2b8cee9258a346677b6f00000613
              0113031302010001cd0000000b0009000006736572766572ff01000100000a00080006001d0017001800
              33004700450 0170041
              """),
          CLIENT_POINT,
          hex(
              """
              002b0003020304000d0020001e0403050306030203080408050806040105010601020104020502060202
              02
              """),
          COOKIE_EXTENSION,
          hex("002d00020101001c00024001001500af"),
          new byte[0xaf]);

  private static final byte[] SERVER_HELLO =
      hex(
          """
          020000770303bb341d847fd789c47c387172dc0c9bf147fccacb5043d86ca4c598d3ff571b9800130100004f
          0033004500170041 04583e054b7a66672ae020ad9d2686fcc85b5ad41a134a0f03ee72b893052bd85b4c8de6
          776f5b04ac07d83540eab3e3d9c547bc6528c4317d294686093a6cad7d002b00020304
          """);

  /** EncryptedExtensions to Finished, encrypted. */
  private static final byte[] SERVER_RECORD =
      hex(
          """
          170303029699bee20baf5b7fc727bfab6223928a381e6d0cf9c4da653f9d2a7b23f7de11cce842d5cf75
          631763450ffb8b0cc1d238e658af7a12adc86243114ab14a1da2fae42621ce483fb6242eabfaad52566b02
          b31d2eddedefeb80e66a9900d5f973b40c4fdf74719ecf1b68d7f9c3b6ceb903ca13dd1bb8f8187ae334
          17e1d152522c5822a1a03ad52c838c55953d610222874cce8e1790b229a2aa0b53c8d377ee720182951d
          c6181dc5d90bd1f0105ed1e84aa5f75957c6661897079e5ea5007449e3197bdc7c9beeedddeafdd844af
          a5c315ecfe65e576afe909812880620ec7048b42d7f5c78d76f299d6d82534bdd8f512febc0ed3814aca
          470cd8000d3e1cb9962b052fbb950df683a52c2ba77ed3713b122937a6e5170964e2ab7969dcd980b3db
          9b458da7603124d6dc005e4d6e04b4d0c4baf3275db827dbba0a6db09672171fc057b3851d7e026841e2
          978fbd2346bbefdd0376bb1108fe9acc92189f5650aa5e85d8e8c7b67ac510dba003d3d7e16350bb66d4
          5013efd44c9b607c0d318c4c7d1a1f5cbc57e20611804e3787d7b4a4b5f08ed8fd70bdaeade02260b12a
          b842ef690b4a3ee7911e841b374ecd5ebbbc2a54d047b600336dd7d0c88b4bc10e58ee6cb656de7247fa
          20d8e91deb84628608cf80615b62e96c1491c7ac3755eb6901405d3474fe1ac79d106a0cee56c2577fc8
          8480f96cb6b8c681b7b68b53c146093908f350888175bdfb0b1e31ad61e30ba0adfe6d223aa03c0783b5
          001a57587c328a9afcfcfb978d1cd4328f7d9d60530e630befd96c0c816ee20b0100768ae2a6df51fc68
          f172740a79af11398ee3be1252491fa9c693479e877f94ab7c5f8cad480203e6ab7b87dd71e8a0729113
          df17f5eee86ce108d1d72007ec1cd13c85a6c149621e77b7d78d805a30f0be030c315e54
          """);

  /** The client's Finished, encrypted. */
  private static final byte[] CLIENT_RECORD =
      hex(
          """
          1703030035d74f1923c662fd34137c6f502f3dd2b93d951d1b3bc97e42afe23c31abea92fe91b474999e
          85e3b791ce252fe8c3e9f939a4120cb2
          """);

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  private static byte[] join(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] whole = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, whole, at, part.length);
      at += part.length;
    }
    return whole;
  }

  /** Opens the first record of a traffic secret (RFC 8446, 5.2 and 7.3). */
  private static byte[] open(byte[] secret, byte[] record) throws GeneralSecurityException {
    byte[] none = new byte[0];
    byte[] key = Hkdf.expandLabel(SUITE.hashAlgorithm(), secret, "key", none, 16);
    byte[] iv = Hkdf.expandLabel(SUITE.hashAlgorithm(), secret, "iv", none, 12);
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
    cipher.updateAAD(record, 0, 5);
    byte[] inner = cipher.doFinal(record, 5, record.length - 5);
    assertThat(inner[inner.length - 1]).as("of type handshake").isEqualTo((byte) 22);
    return Arrays.copyOf(inner, inner.length - 1);
  }

  private static byte[] sharedSecret() throws Exception {
    KeyExchange client =
        new EphemeralDiffieHellman(
            NamedGroup.SECP256R1,
            hex("ab5473467e19346ceb0a0414e41da21d4d2445bc3025afe97c4e8dc8d513da39"));
    KeyExchange server =
        new EphemeralDiffieHellman(
            NamedGroup.SECP256R1,
            hex("8c510601f9765bfb8ed693449a48989859b5cfa879cb9f5443c41c5ff10634ed"));
    assertThat(client.share()).isEqualTo(CLIENT_POINT);
    assertThat(Arrays.copyOfRange(SERVER_HELLO, 52, 52 + 65)).isEqualTo(server.share());
    byte[] shared = client.agree(server.share());
    assertThat(server.agree(client.share())).isEqualTo(shared);
    return shared;
  }

  private static Transcript hellos() {
    Transcript transcript =
        Transcript.startWithRetry(SUITE, FIRST_CLIENT_HELLO, HELLO_RETRY_REQUEST);
    transcript.update(SECOND_CLIENT_HELLO);
    transcript.update(SERVER_HELLO);
    return transcript;
  }

  @Test
  void shouldHashTheFirstHelloInPlaceOfTheMessage() {
    assertThat(hellos().hash())
        .isEqualTo(hex("8aa8e828ec2f8a884fec95a3139de01c15a3daa7ff5bfc3f4bfcc21b438d7bf8"));
  }

  @Test
  void shouldDeriveThePublishedSecretsAndOpenWhatTheyProtect() throws Exception {
    Transcript transcript = hellos();
    KeySchedule schedule = new KeySchedule(SUITE);
    schedule.enterHandshake(sharedSecret(), transcript.hash());
    assertThat(schedule.clientHandshakeSecret())
        .isEqualTo(hex("158aa7ab8855073582b41d674b4055cabcc534728f659314861b4e08e2011566"));
    assertThat(schedule.serverHandshakeSecret())
        .isEqualTo(hex("3403e781e2af7b6508da28574f6e95a1abf162de83a97927c37672a4a0cef8a1"));

    List<byte[]> flight =
        HandshakeFixture.split(open(schedule.serverHandshakeSecret(), SERVER_RECORD));
    assertThat(flight).hasSize(4);
    flight.subList(0, 3).forEach(transcript::update);
    byte[] serverFinished = schedule.serverFinished(transcript.hash());
    assertThat(TlsHandshake.finishedMessage(serverFinished)).isEqualTo(flight.get(3));
    transcript.update(flight.get(3));

    schedule.enterApplication(transcript.hash());
    assertThat(schedule.clientApplicationSecret())
        .isEqualTo(hex("75ecf4b972525aa0dcd057c9944d4cd5d82671d8843141d7dc2a4ff15a21dc51"));
    assertThat(schedule.serverApplicationSecret())
        .isEqualTo(hex("5c74f87df04225db0f8209c9de6429e49435fdefa7cad61864874d12f31cfc8d"));
    assertThat(schedule.exporterSecret())
        .isEqualTo(hex("7c06d3ae106a3a374ace4837b3985cac67780a6e2c5c04b58319d584df09d223"));

    byte[] clientFinished = open(schedule.clientHandshakeSecret(), CLIENT_RECORD);
    assertThat(TlsHandshake.finishedMessage(schedule.clientFinished(transcript.hash())))
        .isEqualTo(clientFinished);
    transcript.update(clientFinished);
    assertThat(schedule.resumptionSecret(transcript.hash()))
        .isEqualTo(hex("09170c6d472721566f9cf99b08699daff561ec8fb22d5a32c3f94ce009b69975"));
    schedule.close();
  }
}

package io.hypermesh.stoq.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.protection.CipherSuite;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The simple 1-RTT handshake that RFC 8448 publishes (section 3), value by value. */
class Rfc8448Test {
  private static final byte[] CLIENT_HELLO =
      hex(
          """
          010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302
          010000910000000b0009000006736572766572ff01000100000a00140012001d001700180019010001010102010301
          0400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c
          002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d0002
          0101001c00024001
          """);

  private static final byte[] SERVER_HELLO =
      hex(
          """
          020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e003300
          24001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304
          """);

  private static final byte[] SERVER_FLIGHT =
      hex(
          """
          080000240022000a00140012001d00170018001901000101010201030104001c00024001000000000b0001b9000001
          b50001b0308201ac30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a060355040313
          03727361301e170d3136303733303031323335395a170d3236303733303031323335395a300e310c300a0603550403
          130372736130819f300d06092a864886f70d010101050003818d0030818902818100b4bb498f8279303d980836399b
          36c6988c0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137ace6c1af19eaa6af98c7ced43120998e1
          87a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda430846748030530ef0461c8ca9d9efbfae8ea6d1d03e2b
          d193eff0ab9a8002c47428a6d35a8d88d79f7f1e3f0203010001a31a301830090603551d1304023000300b0603551d
          0f0404030205a0300d06092a864886f70d01010b05000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f
          8a7b337d2df7a594365417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf1
          02702e608ccae6bec1fc63a42a99be5c3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc
          0cc8f8961229ac9187b42b4de100000f000084080400805a747c5d88fa9bd2e55ab085a61015b7211f824cd484145a
          b3ff52f1fda8477b0b7abc90db78e2d33a5c141a078653fa6bef780c5ea248eeaaa785c4f394cab6d30bbe8d4859ee
          511f602957b15411ac027671459e46445c9ea58c181e818e95b8c3fb0bf3278409d3be152a3da5043e063dda65cdf5
          aea20d53dfacd42f74f3140000209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718
          """);

  private static final byte[] NEW_SESSION_TICKET =
      hex(
          """
          040000c90000001efad6aac502000000b22c035d829359ee5ff7af4ec900000000262a6494dc486d2c8a34cb33fa90
          bf1b0070ad3c498883c9367c09a2be785abc55cd226097a3a982117283f82a03a143efd3ff5dd36d64e861be7fd61d
          2827db279cce145077d454a3664d4e6da4d29ee03725a6a4dafcd0fc67d2aea70529513e3da2677fa5906c5b3f7d8f
          92f228bda40dda721470f9fbf297b5aea617646fac5c03272e970727c621a79141ef5f7de6505e5bfbc388e9334369
          4093934ae4d3570008002a000400000400
          """);

  private static final byte[] SHARED_SECRET =
      hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");

  /** The pre-shared key of section 4. */
  private static final byte[] RESUMPTION_KEY =
      hex("4ecd0eb6ec3b4d87f5d6028f922ca4c5851a277fd41311c9e62d2c9492e1c4f3");

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  @Test
  void shouldAgreeOnThePublishedSharedSecret() throws Exception {
    KeyExchange client =
        new EphemeralDiffieHellman(
            NamedGroup.X25519,
            hex("49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005"));
    KeyExchange server =
        new EphemeralDiffieHellman(
            NamedGroup.X25519,
            hex("b1580eeadf6dd589b8ef4f2d5652578cc810e9980191ec8d058308cea216a21e"));
    assertThat(client.agree(server.share())).isEqualTo(SHARED_SECRET);
    assertThat(server.agree(client.share())).isEqualTo(SHARED_SECRET);
  }

  @Test
  void shouldHashTheHellosAsPublished() {
    Transcript transcript = Transcript.start(CipherSuite.AES_128_GCM_SHA256, CLIENT_HELLO);
    transcript.update(SERVER_HELLO);
    assertThat(transcript.hash())
        .isEqualTo(hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8"));
  }

  @Test
  void shouldWriteTheServerHelloByteForByteButForTheOrderOfExtensions() {
    byte[] random = Arrays.copyOfRange(SERVER_HELLO, 6, 38);
    byte[] share = hex("c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f");
    assertThat(ServerHello.encode(random, CipherSuite.AES_128_GCM_SHA256, NamedGroup.X25519, share))
        .hasSameSizeAs(SERVER_HELLO)
        .startsWith(Arrays.copyOf(SERVER_HELLO, 44));
  }

  @Test
  void shouldDeriveThePublishedSecretsAndFinished() {
    Transcript transcript = Transcript.start(CipherSuite.AES_128_GCM_SHA256, CLIENT_HELLO);
    transcript.update(SERVER_HELLO);
    KeySchedule schedule = new KeySchedule(CipherSuite.AES_128_GCM_SHA256);
    schedule.enterHandshake(SHARED_SECRET, transcript.hash());
    assertThat(schedule.clientHandshakeSecret())
        .isEqualTo(hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"));
    assertThat(schedule.serverHandshakeSecret())
        .isEqualTo(hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"));
    List<byte[]> flight = HandshakeFixture.split(SERVER_FLIGHT);
    assertThat(flight).hasSize(4);
    flight.subList(0, 3).forEach(transcript::update);
    byte[] serverFinished = schedule.serverFinished(transcript.hash());
    assertThat(TlsHandshake.finishedMessage(serverFinished)).isEqualTo(flight.get(3));
    transcript.update(flight.get(3));
    schedule.enterApplication(transcript.hash());
    assertThat(schedule.clientApplicationSecret())
        .isEqualTo(hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"));
    assertThat(schedule.serverApplicationSecret())
        .isEqualTo(hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"));
    assertThat(schedule.clientFinished(transcript.hash()))
        .isEqualTo(hex("a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61"));
    assertThat(schedule.exporterSecret())
        .isEqualTo(hex("fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50"));
    transcript.update(TlsHandshake.finishedMessage(schedule.clientFinished(transcript.hash())));
    byte[] resumptionSecret = schedule.resumptionSecret(transcript.hash());
    assertThat(resumptionSecret)
        .isEqualTo(hex("7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c"));
    assertThat(
            KeySchedule.resumptionKey(
                CipherSuite.AES_128_GCM_SHA256, resumptionSecret, new byte[] {0, 0}))
        .isEqualTo(RESUMPTION_KEY);
    schedule.close();
    assertThat(schedule.exporterSecret()).containsOnly(0);
    assertThat(schedule.clientApplicationSecret()).containsOnly(0);
    assertThat(schedule.serverHandshakeSecret()).containsOnly(0);
  }

  @Test
  void shouldVerifyThePublishedCertificateVerify() throws Exception {
    Transcript transcript = Transcript.start(CipherSuite.AES_128_GCM_SHA256, CLIENT_HELLO);
    transcript.update(SERVER_HELLO);
    List<byte[]> flight = HandshakeFixture.split(SERVER_FLIGHT);
    flight.subList(0, 2).forEach(transcript::update);
    List<byte[]> chain = CertificateMessage.parse(flight.get(1), TlsSettings.Limits.DEFAULT);
    X509Certificate certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(chain.getFirst()));
    CertificateVerify verify = CertificateVerify.parse(flight.get(2));
    byte[] content = CertificateVerify.signedContent(true, transcript.hash());
    assertThat(verify.scheme()).isEqualTo(SignatureScheme.RSA_PSS_RSAE_SHA256);
    assertThat(
            Signatures.verify(
                verify.scheme(), certificate.getPublicKey(), content, verify.signature()))
        .isTrue();
    // Its 1,024 bits are too few for a handshake of ours.
    assertThat(Signatures.fits(verify.scheme(), certificate.getPublicKey(), 8_192)).isFalse();
  }

  @Test
  void shouldDeriveThePublishedBinderAndEarlySecretOfAResumption() {
    KeySchedule schedule = new KeySchedule(CipherSuite.AES_128_GCM_SHA256, RESUMPTION_KEY);
    assertThat(
            schedule.binder(
                hex("63224b2e4573f2d3454ca84b9d009a04f6be9e05711a8396473aefa01e924a14")))
        .isEqualTo(hex("3add4fb2d8fdf822a0ca3cf7678ef5e88dae990141c5924d57bb6fa31b9e5f9d"));
    assertThat(
            schedule.earlySecret(
                hex("08ad0fa05d7c7233b1775ba2ff9f4c5b8b59276b7f227f13a976245f5d960913")))
        .isEqualTo(hex("3fbbe6a60deb66c30a32795aba0eff7eaa10105586e7be5c09678d63b6caab62"));
  }

  @Test
  void shouldRefuseThePublishedTicketForItsEarlyDataLimit() {
    // RFC 9001, 4.6.1: 1,024 bytes of early data are fine for TLS over TCP and not for QUIC.
    HandshakeAssertions.assertProtocolViolation(() -> NewSessionTicket.parse(NEW_SESSION_TICKET));
  }
}

package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * CertificateVerify (RFC 8446, 4.4.3).
 *
 * @param scheme how it is signed; one that we offered
 * @param signature over {@link #signedContent}
 */
@SuppressWarnings("ArrayRecordComponent") // parsed once, never compared
record CertificateVerify(SignatureScheme scheme, byte[] signature) {
  private static final int PADDING_LENGTH = 64;

  static CertificateVerify parse(byte[] message) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "CertificateVerify");
    int code = reader.uint16();
    byte[] signature = reader.opaque(2, 0, "signature");
    reader.expectEnd();
    SignatureScheme scheme = SignatureScheme.ofCode(code);
    if (scheme == null || !scheme.signsHandshakes()) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "CertificateVerify is signed with scheme " + code + ", which was not offered");
    }
    return new CertificateVerify(scheme, signature);
  }

  static byte[] encode(SignatureScheme scheme, byte[] signature) {
    return HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE_VERIFY)
        .uint16(scheme.code())
        .opaque(2, signature)
        .finish();
  }

  /** What is signed: it differs by role, so that no signature serves the other side. */
  static byte[] signedContent(boolean byServer, byte[] transcriptHash) {
    byte[] context =
        ("TLS 1.3, " + (byServer ? "server" : "client") + " CertificateVerify")
            .getBytes(StandardCharsets.US_ASCII);
    byte[] content = new byte[PADDING_LENGTH + context.length + 1 + transcriptHash.length];
    Arrays.fill(content, 0, PADDING_LENGTH, (byte) ' ');
    System.arraycopy(context, 0, content, PADDING_LENGTH, context.length);
    System.arraycopy(
        transcriptHash, 0, content, PADDING_LENGTH + context.length + 1, transcriptHash.length);
    return content;
  }
}

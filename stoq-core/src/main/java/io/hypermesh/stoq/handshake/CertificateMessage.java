package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Certificate (RFC 8446, 4.4.2): a chain of DER certificates, the sender's own first. */
final class CertificateMessage {
  private CertificateMessage() {}

  /** The certificates, undecoded; empty where the peer has none to show. */
  static List<byte[]> parse(byte[] message, TlsSettings.Limits limits) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "Certificate");
    if (reader.opaque(1, 0, "certificate_request_context").length != 0) {
      throw Alert.ILLEGAL_PARAMETER.because("Certificate in the handshake has a context");
    }
    HandshakeReader list = reader.vector(3, 0, "certificate_list");
    reader.expectEnd();
    List<byte[]> chain = new ArrayList<>();
    int bytes = 0;
    while (list.hasRemaining()) {
      byte[] certificate = list.opaque(3, 1, "cert_data");
      // Neither status_request nor SCTs are offered: no extension can be an answer.
      Extensions.parse(list, "CertificateEntry").requireOnly(Set.of(), Set.of());
      chain.add(certificate);
      bytes += certificate.length;
      if (chain.size() > limits.certificateChainLengthMax()
          || bytes > limits.certificateChainBytesMax()) {
        throw Alert.BAD_CERTIFICATE.because(
            "the certificate chain is too long: "
                + chain.size()
                + " certificates, "
                + bytes
                + " bytes, of at most "
                + limits.certificateChainLengthMax()
                + " and "
                + limits.certificateChainBytesMax());
      }
    }
    return chain;
  }

  static byte[] encode(List<byte[]> chain) {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE).open(1).close().open(3);
    for (byte[] certificate : chain) {
      writer.opaque(3, certificate).open(2).close();
    }
    return writer.finish();
  }
}

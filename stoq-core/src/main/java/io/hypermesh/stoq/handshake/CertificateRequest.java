package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayList;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/**
 * CertificateRequest of a handshake (RFC 8446, 4.3.2).
 *
 * @param signatureSchemes those of signature_algorithms that we know, in the server's order
 * @param certificateSchemes those that the server can verify in certificates
 * @param authorities the names in certificate_authorities; empty where there are none
 */
record CertificateRequest(
    List<SignatureScheme> signatureSchemes,
    List<SignatureScheme> certificateSchemes,
    List<X500Principal> authorities) {

  /**
   * Most names of authorities that we send: more (a machine's whole trust store) would fill packets
   * before the client's address is validated, and clients choose well without.
   */
  static final int AUTHORITIES_SENT_MAX = 8;

  static CertificateRequest parse(byte[] message) throws TransportException {
    HandshakeReader reader = HandshakeReader.ofMessage(message, "CertificateRequest");
    if (reader.opaque(1, 0, "certificate_request_context").length != 0) {
      throw Alert.ILLEGAL_PARAMETER.because("CertificateRequest in the handshake has a context");
    }
    Extensions extensions = Extensions.parse(reader, "CertificateRequest");
    reader.expectEnd();
    HandshakeReader schemes =
        extensions.require(ExtensionType.SIGNATURE_ALGORITHMS, "signature_algorithms");
    List<SignatureScheme> known = SignatureScheme.known(schemes.codes(2, "signature_algorithms"));
    schemes.expectEnd();
    return new CertificateRequest(
        known, SignatureScheme.readForCertificates(extensions, known), readAuthorities(extensions));
  }

  private static List<X500Principal> readAuthorities(Extensions extensions)
      throws TransportException {
    HandshakeReader extension = extensions.find(ExtensionType.CERTIFICATE_AUTHORITIES);
    if (extension == null) {
      return List.of();
    }
    HandshakeReader reader = extension.vector(2, 3, "authorities");
    extension.expectEnd();
    List<X500Principal> authorities = new ArrayList<>();
    while (reader.hasRemaining()) {
      try {
        authorities.add(new X500Principal(reader.opaque(2, 1, "DistinguishedName")));
      } catch (IllegalArgumentException e) {
        throw Alert.DECODE_ERROR.because("CertificateRequest has a malformed DistinguishedName");
      }
    }
    return authorities;
  }

  static byte[] encode(List<X500Principal> authorities) {
    HandshakeWriter writer =
        HandshakeWriter.ofMessage(HandshakeType.CERTIFICATE_REQUEST).open(1).close().open(2);
    SignatureScheme.writeExtension(writer);
    if (!authorities.isEmpty() && authorities.size() <= AUTHORITIES_SENT_MAX) {
      writer.extension(ExtensionType.CERTIFICATE_AUTHORITIES).open(2);
      for (X500Principal authority : authorities) {
        writer.opaque(2, authority.getEncoded());
      }
      writer.close().close();
    }
    return writer.finish();
  }
}

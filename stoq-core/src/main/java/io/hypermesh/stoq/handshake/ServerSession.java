package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a server has to know to resume a session, kept by the client inside a sealed ticket (RFC
 * 8446, 4.6.1 and B.3.4).
 *
 * <p>The client's whole chain is in it, and not a digest: the host of a resumed connection is shown
 * the same certificates as at first, and the trust manager is asked for them again.
 *
 * @param id random; what the register of early data knows the ticket by
 * @param psk the pre-shared key, secret
 * @param suite of the connection that gave the ticket
 * @param quicVersion of that connection
 * @param applicationProtocol of that connection
 * @param serverName the host name that the client asked for, or null
 * @param issuedAtMillis wall clock
 * @param expiresAtMillis from then on the ticket is none
 * @param authenticatedUntilMillis no ticket of this session, nor of one that resumes it, lives
 *     longer: certificates end, and proofs of their keys age
 * @param ageAdd what obfuscates the age
 * @param earlyDataRegister the one that may take early data with the ticket; 0 for none
 * @param parameters the transport parameters that early data has to keep to (RFC 9000, 7.4.1)
 * @param clientChain the client's certificates as they came, verified then; empty where it showed
 *     none
 */
@SuppressWarnings("ArrayRecordComponent") // opened once, never compared
record ServerSession(
    long id,
    byte[] psk,
    CipherSuite suite,
    int quicVersion,
    String applicationProtocol,
    @Nullable String serverName,
    long issuedAtMillis,
    long expiresAtMillis,
    long authenticatedUntilMillis,
    long ageAdd,
    long earlyDataRegister,
    byte[] parameters,
    List<byte[]> clientChain) {

  ServerSession {
    clientChain = List.copyOf(clientChain);
  }

  byte[] encode() {
    HandshakeWriter writer = new HandshakeWriter(512);
    writer.uint64(id).opaque(1, psk).uint16(suite.code()).uint32(quicVersion);
    writer.opaque(1, applicationProtocol.getBytes(StandardCharsets.UTF_8));
    String name = serverName == null ? "" : serverName;
    writer.opaque(2, name.getBytes(StandardCharsets.US_ASCII));
    writer.uint64(issuedAtMillis).uint64(expiresAtMillis).uint64(authenticatedUntilMillis);
    writer.uint32(ageAdd).uint64(earlyDataRegister).opaque(2, parameters).open(3);
    for (byte[] certificate : clientChain) {
      writer.opaque(3, certificate);
    }
    return writer.close().finishErasing();
  }

  static ServerSession decode(byte[] bytes) throws TransportException {
    HandshakeReader reader = new HandshakeReader(bytes, 0, bytes.length, "a session ticket");
    long id = reader.uint64();
    byte[] psk = reader.opaque(1, 1, "psk");
    CipherSuite suite = CipherSuite.ofCode(reader.uint16());
    int quicVersion = (int) reader.uint32();
    String protocol = new String(reader.opaque(1, 1, "ALPN"), StandardCharsets.UTF_8);
    String name = new String(reader.opaque(2, 0, "server name"), StandardCharsets.US_ASCII);
    long issuedAt = reader.uint64();
    long expiresAt = reader.uint64();
    long authenticatedUntil = reader.uint64();
    long ageAdd = reader.uint32();
    long earlyDataRegister = reader.uint64();
    byte[] parameters = reader.opaque(2, 0, "parameters");
    HandshakeReader list = reader.vector(3, 0, "chain");
    reader.expectEnd();
    List<byte[]> chain = new ArrayList<>();
    while (list.hasRemaining()) {
      chain.add(list.opaque(3, 1, "certificate"));
    }
    if (suite == null || psk.length != suite.hashLength()) {
      throw Alert.DECODE_ERROR.because("a session ticket has no suite, or a key of another length");
    }
    return new ServerSession(
        id,
        psk,
        suite,
        quicVersion,
        protocol,
        name.isEmpty() ? null : name,
        issuedAt,
        expiresAt,
        authenticatedUntil,
        ageAdd,
        earlyDataRegister,
        parameters,
        chain);
  }

  void erase() {
    KeySchedule.erase(psk);
  }

  /** Names what it is for, and no key. */
  @Override
  public String toString() {
    return "ServerSession[" + applicationProtocol + ", " + suite + "]";
  }
}

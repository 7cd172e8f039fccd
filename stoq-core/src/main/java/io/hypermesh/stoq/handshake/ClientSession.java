package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import io.hypermesh.stoq.protection.CipherSuite;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a client keeps to resume a session, once (RFC 8446, 4.6.1 and C.4): the server's ticket, the
 * key that goes with it, and whom it was with.
 *
 * <p>Holds a secret; {@link #erase()} ends it. Owned by whoever holds it, one at a time.
 */
public final class ClientSession {
  private static final int FORMAT = 1;

  private final int quicVersion;
  private final CipherSuite suite;
  private final String applicationProtocol;
  private final String serverHost;
  private final byte[] ticket;
  private final long ageAdd;
  private final byte[] psk;
  private final boolean earlyData;
  private final long receivedAtMillis;
  private final long expiresAtMillis;
  private final List<byte[]> serverChain;
  private byte[] parameters;

  /**
   * @param serverHost what the server's certificate was verified for
   * @param psk secret; owned by this object from now on
   * @param serverChain as it came, verified then
   * @param parameters the server's transport parameters that early data keeps to
   */
  ClientSession(
      int quicVersion,
      CipherSuite suite,
      String applicationProtocol,
      String serverHost,
      byte[] ticket,
      long ageAdd,
      byte[] psk,
      boolean earlyData,
      long receivedAtMillis,
      long expiresAtMillis,
      List<byte[]> serverChain,
      byte[] parameters) {
    this.quicVersion = quicVersion;
    this.suite = suite;
    this.applicationProtocol = applicationProtocol;
    this.serverHost = serverHost;
    this.ticket = ticket;
    this.ageAdd = ageAdd;
    this.psk = psk;
    this.earlyData = earlyData;
    this.receivedAtMillis = receivedAtMillis;
    this.expiresAtMillis = expiresAtMillis;
    this.serverChain = List.copyOf(serverChain);
    this.parameters = parameters;
  }

  /** Adds the server's transport parameters that early data will have to keep to. */
  public void remember(byte[] encodedParameters) {
    parameters = encodedParameters.clone();
  }

  /** What {@link #remember} was given; empty where it wasn't. */
  public byte[] parameters() {
    return parameters.clone();
  }

  /** The QUIC version of the connection that gave the ticket, and of the one that may use it. */
  public int quicVersion() {
    return quicVersion;
  }

  /** The ALPN protocol of the connection that gave the ticket. */
  public String applicationProtocol() {
    return applicationProtocol;
  }

  /** The host name or IP literal that the server's certificate was verified for. */
  public String serverHost() {
    return serverHost;
  }

  /**
   * What {@link #serverHost()} is for a connection to a server of this name.
   *
   * @throws IllegalArgumentException where it is no name
   */
  public static String hostOf(String serverName) {
    return ServerName.of(serverName).host();
  }

  /** Whether the server gave leave for early data. */
  public boolean allowsEarlyData() {
    return earlyData;
  }

  /** From then on it is of no use. */
  public Instant expiresAt() {
    return Instant.ofEpochMilli(expiresAtMillis);
  }

  CipherSuite suite() {
    return suite;
  }

  byte[] ticket() {
    return ticket;
  }

  byte[] psk() {
    return psk;
  }

  List<byte[]> serverChain() {
    return serverChain;
  }

  long expiresAtMillis() {
    return expiresAtMillis;
  }

  /** The ticket's age as the ClientHello tells it (RFC 8446, 4.2.11.1). */
  long obfuscatedAge(long nowMillis) {
    return (Math.max(0, nowMillis - receivedAtMillis) + ageAdd) & 0xffffffffL;
  }

  /** All of it, secret. The format may change with the version of this library. */
  public byte[] encode() {
    HandshakeWriter writer = new HandshakeWriter(1_024);
    writer.uint8(FORMAT).uint32(quicVersion).uint16(suite.code());
    writer.opaque(1, applicationProtocol.getBytes(StandardCharsets.UTF_8));
    writer.opaque(2, serverHost.getBytes(StandardCharsets.UTF_8));
    writer.opaque(2, ticket).uint32(ageAdd).opaque(1, psk).uint8(earlyData ? 1 : 0);
    writer.uint64(receivedAtMillis).uint64(expiresAtMillis).opaque(2, parameters).open(3);
    for (byte[] certificate : serverChain) {
      writer.opaque(3, certificate);
    }
    return writer.close().finishErasing();
  }

  /**
   * Reads what {@link #encode()} gave.
   *
   * @throws IllegalArgumentException where the bytes are none of these
   */
  public static ClientSession decode(byte[] bytes) {
    try {
      return read(new HandshakeReader(bytes, 0, bytes.length, "a session"));
    } catch (TransportException e) {
      throw new IllegalArgumentException("couldn't read a session: " + e.getMessage(), e);
    }
  }

  private static ClientSession read(HandshakeReader reader) throws TransportException {
    int format = reader.uint8();
    if (format != FORMAT) {
      throw Alert.DECODE_ERROR.because("it has format " + format);
    }
    int quicVersion = (int) reader.uint32();
    CipherSuite suite = CipherSuite.ofCode(reader.uint16());
    String protocol = text(reader.opaque(1, 1, "ALPN"));
    String host = text(reader.opaque(2, 1, "host"));
    byte[] ticket = reader.opaque(2, 1, "ticket");
    long ageAdd = reader.uint32();
    byte[] psk = reader.opaque(1, 1, "psk");
    boolean earlyData = reader.uint8() == 1;
    long receivedAt = reader.uint64();
    long expiresAt = reader.uint64();
    byte[] parameters = reader.opaque(2, 0, "parameters");
    HandshakeReader list = reader.vector(3, 0, "chain");
    reader.expectEnd();
    List<byte[]> chain = new ArrayList<>();
    while (list.hasRemaining()) {
      chain.add(list.opaque(3, 1, "certificate"));
    }
    if (suite == null || psk.length != suite.hashLength() || chain.isEmpty()) {
      throw Alert.DECODE_ERROR.because("it has no suite, no chain, or a key of another length");
    }
    return new ClientSession(
        quicVersion,
        suite,
        protocol,
        host,
        ticket,
        ageAdd,
        psk,
        earlyData,
        receivedAt,
        expiresAt,
        chain,
        parameters);
  }

  private static String text(byte[] bytes) throws TransportException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
      throw Alert.DECODE_ERROR.because("a name is not UTF-8");
    }
    return text;
  }

  /** Erases the key: the session can't be resumed any more. Idempotent. */
  public void erase() {
    KeySchedule.erase(psk);
  }

  /** Names what it is for, and no key. */
  @Override
  public String toString() {
    return "ClientSession[" + serverHost + ", " + applicationProtocol + ", " + expiresAt() + "]";
  }
}

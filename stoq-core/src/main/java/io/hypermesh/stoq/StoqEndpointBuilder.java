package io.hypermesh.stoq;

import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.endpoint.EndpointSecret;
import io.hypermesh.stoq.endpoint.Shards;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.jspecify.annotations.Nullable;

/** Builds endpoints. Each setter checks its value. Not safe for use by several threads. */
public final class StoqEndpointBuilder {
  @Nullable InetSocketAddress bindAddress;
  List<String> alpns = List.of(StoqEndpoint.DEFAULT_ALPN);
  @Nullable X509ExtendedKeyManager keyManager;
  @Nullable X509ExtendedTrustManager trustManager;
  List<StoqNamedGroup> namedGroups = List.of(StoqNamedGroup.values());
  List<StoqCipherSuite> cipherSuites = List.of(StoqCipherSuite.values());
  ClientAuthentication clientAuthentication = ClientAuthentication.REQUIRED;
  boolean clientOnly;
  StoqSettings settings = StoqSettings.defaults();
  StoqListener listener = new StoqListener() {};
  @Nullable Consumer<String> keyLog;
  @Nullable Qlog qlog;
  List<QuicVersion> versions = List.of(QuicVersion.V1, QuicVersion.V2);
  NanoClock clock = SystemNanoClock.INSTANCE;
  SecureRandom random = new SecureRandom();
  boolean randomGiven;
  int agents = 1;
  InstantSource wallClock = InstantSource.system();
  @Nullable EndpointSecret secret;
  @Nullable Executor taskExecutor;
  StoqPublicKeys publicKeys = StoqPublicKeys.FASTEST;
  DatagramDriver.@Nullable Factory driver;
  @Nullable InetSocketAddress preferredAddress;
  @Nullable PacketProtectionProvider packetProtection;
  boolean followPreferredAddress = true;
  boolean clientsMayMigrate = true;
  StoqResumption resumption = StoqResumption.defaults();

  StoqEndpointBuilder() {}

  /**
   * Where to bind the socket; {@code [::]:9292} unless set, for a client only {@code [::]:0}.
   *
   * @throws StoqAddressException where it isn't a resolved IPv6 address
   */
  public StoqEndpointBuilder bindAddress(InetSocketAddress value) {
    bindAddress = StoqAddressException.requireIpv6(value, "bind");
    return this;
  }

  /**
   * The application protocols in order of preference; {@value StoqEndpoint#DEFAULT_ALPN} unless
   * set.
   */
  public StoqEndpointBuilder alpns(String... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("couldn't set alpns because there is none");
    }
    alpns = List.of(values);
    return this;
  }

  /**
   * The keys and certificates of this side. Asked anew in every handshake, on the task executor's
   * threads: a certificate that is rotated in it serves the next handshake. An endpoint without one
   * is an anonymous client only. Of the JDK's own, {@code SunX509} keeps keys ready, while {@code
   * PKIX} (also called {@code NewSunX509}) decrypts the key in every handshake, which takes
   * milliseconds.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="rotation"}
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="rotate"}
   *
   * <p>A key manager that rotates asks another one, the current one at the time:
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="rotatingKeyManager"}
   */
  public StoqEndpointBuilder keyManager(X509ExtendedKeyManager value) {
    keyManager = value;
    return this;
  }

  /** Who verifies the peers' chains, on the task executor's threads. Has to be set. */
  public StoqEndpointBuilder trustManager(X509ExtendedTrustManager value) {
    trustManager = value;
    return this;
  }

  /** Whether clients have to show a certificate; {@code REQUIRED} unless set. */
  public StoqEndpointBuilder clientAuthentication(ClientAuthentication value) {
    clientAuthentication = value;
    return this;
  }

  /**
   * How keys may be agreed on, in order of preference; {@link StoqNamedGroup#X25519}, {@link
   * StoqNamedGroup#X25519MLKEM768}, {@link StoqNamedGroup#SECP256R1} unless set.
   *
   * <p>As a client, this side sends a key share of the first, and another only when the server asks
   * for it, which takes a round trip. As a server, it uses the first of the client's key shares
   * whose group is among these; where there is none, it asks for the first that both support. So
   * the first decides what two endpoints of this library use, and one that lists {@code
   * X25519MLKEM768} alone insists on it.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="cryptography"}
   *
   * @throws IllegalArgumentException where there is none, or one twice
   */
  public StoqEndpointBuilder namedGroups(StoqNamedGroup... values) {
    namedGroups = distinct("namedGroups", values);
    return this;
  }

  /**
   * How packets may be protected, in order of preference, which a server's order decides; {@link
   * StoqCipherSuite#AES_128_GCM_SHA256}, {@link StoqCipherSuite#AES_256_GCM_SHA384}, {@link
   * StoqCipherSuite#CHACHA20_POLY1305_SHA256} unless set.
   *
   * @throws IllegalArgumentException where there is none, or one twice
   */
  public StoqEndpointBuilder cipherSuites(StoqCipherSuite... values) {
    cipherSuites = distinct("cipherSuites", values);
    return this;
  }

  private static <T> List<T> distinct(String name, T[] values) {
    List<T> list = List.of(values);
    if (list.isEmpty() || Set.copyOf(list).size() != list.size()) {
      throw new IllegalArgumentException(
          "couldn't set " + name + " because there is none, or one twice: " + list);
    }
    return list;
  }

  /** Takes no connections, only makes them. */
  public StoqEndpointBuilder clientOnly() {
    clientOnly = true;
    return this;
  }

  /**
   * How connections are resumed, and whether early data is taken; {@link StoqResumption#defaults()}
   * unless set.
   */
  public StoqEndpointBuilder resumption(StoqResumption value) {
    resumption = value;
    return this;
  }

  /** Limits and timeouts; {@link StoqSettings#defaults()} unless set. */
  public StoqEndpointBuilder settings(StoqSettings value) {
    settings = value;
    return this;
  }

  /** Who is told about new connections and streams; nobody unless set. */
  public StoqEndpointBuilder listener(StoqListener value) {
    listener = value;
    return this;
  }

  /**
   * Who gets the secrets of every connection, as lines of the NSS key log format without their
   * terminator; for debugging only: whoever has them can decrypt the connections. Called on the
   * agent's thread; one that throws is given up, and the connections go on.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="keyLog"}
   */
  public StoqEndpointBuilder keyLog(Consumer<String> value) {
    keyLog = value;
    return this;
  }

  /**
   * Logs each connection in the standard schema of QUIC's events; nothing is logged unless set.
   * Times are relative to the connection's begin, by the endpoint's clock; when that was, the wall
   * clock tells. The endpoint closes it.
   */
  public StoqEndpointBuilder qlog(Qlog value) {
    qlog = value;
    return this;
  }

  /**
   * The versions of QUIC that are spoken, the preferred one first; {@link QuicVersion#V1}, then
   * {@link QuicVersion#V2} unless set. A client starts with the first. A server answers in any, and
   * goes over to {@code V2} if it prefers that to what a client started with and the client offers
   * it, which costs no round trip (RFC 9368, 2.3). A client whose first version a server doesn't
   * speak tries another one of these, protected against forged refusals (RFC 9368, 4).
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="versions"}
   *
   * @throws IllegalArgumentException where there is none, or one twice
   */
  public StoqEndpointBuilder versions(QuicVersion... values) {
    if (values.length == 0 || List.of(values).stream().distinct().count() != values.length) {
      throw new IllegalArgumentException(
          "couldn't set versions because each may come once, and there has to be one: "
              + List.of(values));
    }
    versions = List.of(values);
    return this;
  }

  /** The clock; the system's unless set. */
  public StoqEndpointBuilder clock(NanoClock value) {
    clock = value;
    return this;
  }

  /**
   * The time of day, by which tokens, tickets and sessions expire and which logs tell; the system's
   * unless set.
   */
  public StoqEndpointBuilder wallClock(InstantSource value) {
    wallClock = value;
    return this;
  }

  /**
   * What the endpoint's own keys come from, kept by the host over restarts: 32 bytes that nobody
   * can guess, for one endpoint at a time. An endpoint that is started anew with them tells the
   * peers of the connections that it has lost, as soon as they send something (RFC 9000, 10.3), and
   * still takes the tokens and the session tickets that it gave out; with others, or none set,
   * those peers wait for their idle timeout, and clients need a full handshake. Whoever knows them
   * can end the endpoint's connections, read early data, and pass for any of its clients.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="secret"}
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="secretAgain"}
   *
   * <p>Serves the next {@link #build} only; a copy is taken, and erased with the endpoint's keys.
   *
   * @throws IllegalArgumentException where it isn't 32 bytes long
   */
  public StoqEndpointBuilder secret(byte[] value) {
    EndpointSecret replaced = secret;
    if (replaced != null) {
      replaced.close();
    }
    secret = EndpointSecret.of(value);
    return this;
  }

  /** The secret that was set, or a new one; the caller closes it. */
  EndpointSecret takeSecret() {
    EndpointSecret taken = secret;
    secret = null;
    return taken == null ? EndpointSecret.random(random) : taken;
  }

  /**
   * The source of keys, connection IDs and nonces; a new {@link SecureRandom} for each agent unless
   * set.
   */
  public StoqEndpointBuilder random(SecureRandom value) {
    random = value;
    randomGiven = true;
    return this;
  }

  /**
   * Who verifies certificates and signs; a few daemon threads of the endpoint's own unless set. It
   * must not run them on the agent's thread.
   */
  public StoqEndpointBuilder taskExecutor(Executor value) {
    taskExecutor = value;
    return this;
  }

  /**
   * How many agents do the endpoint's work, each with connections of its own: 1 to 64, 1 unless
   * set. One for each core that the endpoint may use serves many connections at once; a single
   * connection isn't faster for it. {@link #start()} gives each its own thread.
   *
   * <p>The agents share the address and the port (SO_REUSEPORT), but for those of an endpoint that
   * takes no connections and has no port given: each of them has a port of its own. A connection
   * stays with its agent, wherever its peer moves to: its IDs lead to the agent, without telling
   * anybody else which it is. Linux's driver has the kernel look at them ({@code
   * SO_ATTACH_REUSEPORT_CBPF}, for which it needs no privilege); elsewhere, the kernel chooses an
   * agent by addresses and ports, where the connection begins, and what comes to another than the
   * connection's is {@linkplain StoqSettings.Builder#forwardedDatagramsMax forwarded}.
   *
   * <p>The limit on connections and the memory of used tokens and of early data hold for all agents
   * together. The other limits of an endpoint are divided between them: buffers, handshakes in
   * flight, answers to strangers, and what is kept about servers. Whatever the host gives, a
   * listener above all, is called by several threads at once, for one connection by one.
   *
   * {@snippet file="ApiAgentExamplesTest.java" region="agents"}
   *
   * @throws IllegalArgumentException where it is out of range
   */
  public StoqEndpointBuilder agents(int value) {
    if (value < 1 || value > Shards.SHARDS_MAX) {
      throw new IllegalArgumentException(
          "couldn't set agents because it is out of 1 to " + Shards.SHARDS_MAX + ": " + value);
    }
    agents = value;
    return this;
  }

  /**
   * A second address of a server, which it asks its clients to use after the handshake: an address
   * of this machine alone, say, where {@link #bindAddress} is shared by several (RFC 9000, 9.6). A
   * socket is bound there, too. Clients that can't reach it stay where they are. None unless set.
   *
   * {@snippet file="ApiAgentExamplesTest.java" region="preferredAddress"}
   *
   * @param value an IPv6 address with a port
   * @throws StoqAddressException where it isn't a resolved IPv6 address
   */
  public StoqEndpointBuilder preferredAddress(InetSocketAddress value) {
    preferredAddress = StoqAddressException.requireIpv6(value, "prefer");
    if (value.getPort() == 0) {
      throw new IllegalArgumentException(
          "couldn't prefer an address because it has no port: " + Ipv6Text.of(value));
    }
    return this;
  }

  /** Whether connections to servers move to where these prefer them; true unless set. */
  public StoqEndpointBuilder followPreferredAddress(boolean value) {
    followPreferredAddress = value;
    return this;
  }

  /**
   * Whether clients may move to other addresses (RFC 9000, 9); true unless set. Where they may not,
   * packets from other addresses are dropped; a change of the port alone is taken for a NAT's, and
   * followed.
   */
  public StoqEndpointBuilder clientsMayMigrate(boolean value) {
    clientsMayMigrate = value;
    return this;
  }

  /**
   * How to open sockets; unless set, the driver that the system property {@value
   * DriverKind#PROPERTY} names, or else the best that works here: Linux's own calls where native
   * access is allowed, and Java's everywhere.
   *
   * {@snippet file="ApiChoiceExamplesTest.java" region="driver"}
   */
  public StoqEndpointBuilder driver(DatagramDriver.Factory value) {
    driver = value;
    return this;
  }

  /**
   * Who encrypts and decrypts packets; {@link StoqPacketProtection#FASTEST} unless set here or by
   * the system property {@value PacketProtectionProviders#PROPERTY}, whose value is a name as
   * {@link StoqEndpoint#packetProtection()} gives it.
   *
   * @throws IllegalArgumentException where it can't be used here; {@link
   *     StoqPacketProtection#unavailableBecause()} says why
   */
  public StoqEndpointBuilder packetProtection(StoqPacketProtection value) {
    packetProtection = value.provider();
    return this;
  }

  /**
   * Who does the public-key work of handshakes; {@link StoqPublicKeys#FASTEST} unless set. Throws
   * {@link IllegalArgumentException} where it can't be used here.
   */
  public StoqEndpointBuilder publicKeys(StoqPublicKeys value) {
    publicKeys = value.requireAvailable();
    return this;
  }

  /**
   * Binds the socket; the host runs {@link StoqEndpoint#agent()}, or all {@link
   * StoqEndpoint#agents()}.
   *
   * @throws StoqException where the address can't be bound, or the driver that is asked for can't
   *     be had here: its cause is a {@link io.hypermesh.stoq.driver.DriverUnavailableException}
   *     then
   * @throws IllegalArgumentException where the trust manager is missing
   */
  public StoqEndpoint build() throws StoqException {
    return new StoqEndpoint(this);
  }

  /**
   * Binds the socket and starts a daemon thread that runs the agent, or one for each.
   *
   * @throws StoqException as {@link #build()} does
   * @throws IllegalArgumentException where the trust manager is missing
   */
  public StoqEndpoint start() throws StoqException {
    StoqEndpoint endpoint = build();
    endpoint.startThreads();
    return endpoint;
  }

  boolean acceptsConnections() {
    return keyManager != null && !clientOnly;
  }

  InetSocketAddress addressToBind() {
    InetSocketAddress address = bindAddress;
    if (address != null) {
      return address;
    }
    try {
      return new InetSocketAddress(
          Inet6Address.getByAddress(null, new byte[16], 0),
          acceptsConnections() ? StoqEndpoint.DEFAULT_PORT : 0);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("couldn't make the address ::", e);
    }
  }
}

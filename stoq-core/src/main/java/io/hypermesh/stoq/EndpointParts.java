package io.hypermesh.stoq;

import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.ConnectionTrace;
import io.hypermesh.stoq.connection.PathSettings;
import io.hypermesh.stoq.driver.DatagramDriver;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.endpoint.EndpointSecret;
import io.hypermesh.stoq.endpoint.EndpointSettings;
import io.hypermesh.stoq.endpoint.Shards;
import io.hypermesh.stoq.endpoint.Steering;
import io.hypermesh.stoq.handshake.EarlyDataRegister;
import io.hypermesh.stoq.handshake.KeyLog;
import io.hypermesh.stoq.handshake.PublicKeys;
import io.hypermesh.stoq.handshake.TlsSettings;
import io.hypermesh.stoq.protection.PacketProtectionProvider;
import io.hypermesh.stoq.protection.PacketProtectionProviders;
import io.hypermesh.stoq.stream.ChunkPool;
import java.security.SecureRandom;
import java.util.function.Consumer;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint's agents are made from, as its builder says: what each has of its own, its share
 * of what is divided, and what they have in common. For the thread that makes the endpoint.
 */
final class EndpointParts {
  /** Chunks that stream buffers are made of, in bytes. */
  private static final int CHUNK_BYTES = 16 << 10;

  private final StoqEndpointBuilder builder;
  private final X509ExtendedTrustManager trustManager;
  private final PublicKeys publicKeys;
  private final @Nullable KeyLog keyLog;
  private final @Nullable EarlyDataRegister earlyData;

  /**
   * @throws IllegalArgumentException where something is missing
   */
  EndpointParts(StoqEndpointBuilder builder, PublicKeys publicKeys) {
    X509ExtendedTrustManager verifier = builder.trustManager;
    if (verifier == null) {
      throw new IllegalArgumentException(
          "couldn't make an endpoint because it has no trust manager to verify peers with");
    }
    this.builder = builder;
    this.publicKeys = publicKeys;
    this.trustManager = verifier;
    Consumer<String> sink = builder.keyLog;
    this.keyLog = sink == null ? null : new GuardedKeyLog(sink);
    this.earlyData = builder.resumption.register(builder.random, builder.agents > 1);
  }

  /**
   * An agent's own source of randomness, so that none waits for another, unless the host has one.
   */
  SecureRandom random(int index) {
    return index == 0 || builder.randomGiven ? builder.random : new SecureRandom();
  }

  /** An agent's share of the memory of streams. */
  ChunkPool pool() {
    StoqSettings settings = builder.settings;
    int count = builder.agents;
    return new ChunkPool(
        CHUNK_BYTES,
        Math.max(1, (int) (settings.sendBuffersBytesMax() / CHUNK_BYTES / count)),
        settings.receiveBuffersBytesMax() / count,
        settings.receivedBytesHeldMax() / count);
  }

  /** What the agents have in common. */
  Shards shards(Steering steering, boolean steered) {
    StoqSettings settings = builder.settings;
    return new Shards(
        steering,
        steered,
        settings.connectionsMax(),
        new SharedUsedTokens(
            settings.addressTokenLifetime().toMillis(),
            settings.addressTokensRememberedMax(),
            builder.wallClock.millis()));
  }

  /** How to open sockets, with room for the datagrams that the settings allow. */
  DatagramDriver.Factory driverFactory() {
    DatagramDriver.Factory chosen = builder.driver;
    int bytes = builder.settings.datagramBytes();
    DatagramDriver.Factory opening = chosen == null ? DriverKind.preferred() : chosen;
    return address -> opening.open(address, bytes);
  }

  EndpointSettings endpointSettings() {
    return new EndpointSettings(
        builder.settings.connectionsMax(),
        builder.settings.handshakesInFlightMax(),
        builder.settings.handshakesPerPrefixMax(),
        builder.settings.retryThreshold(),
        builder.settings.retryTokenLifetime().toNanos(),
        builder.settings.addressTokenLifetime().toNanos(),
        builder.settings.addressTokensRememberedMax(),
        builder.settings.tokenServersMax(),
        builder.settings.statelessAnswersPerSecondMax(),
        builder.settings.unauthenticInitialsPerSecondMax(),
        builder.acceptsConnections());
  }

  ConnectionSettings connectionSettings(ChunkPool pool, boolean ecn) {
    Qlog logs = builder.qlog;
    PacketProtectionProvider protection = builder.packetProtection;
    return ConnectionSettings.builder(pool)
        .packetProtection(protection == null ? PacketProtectionProviders.preset() : protection)
        .trace(
            logs == null ? ConnectionTrace.Factory.NONE : new QlogTraces(logs, builder.wallClock))
        .idleTimeoutNanos(builder.settings.idleTimeout().toNanos())
        .keepAliveNanos(builder.settings.keepAliveInterval().toNanos())
        .handshakeTimeoutNanos(builder.settings.handshakeTimeout().toNanos())
        .connectionWindowBytes(builder.settings.connectionWindowBytes())
        .connectionWindowBytesMax(builder.settings.connectionWindowBytesMax())
        .streamWindowBytes(builder.settings.streamWindowBytes())
        .streamWindowBytesMax(builder.settings.streamWindowBytesMax())
        .sendBufferBytes(builder.settings.sendBufferBytes())
        .bidirectionalStreamsMax(builder.settings.bidirectionalStreamsMax())
        .unidirectionalStreamsMax(builder.settings.unidirectionalStreamsMax())
        .congestion(builder.settings.congestionControl().algorithm())
        .datagramSendBytes(builder.settings.datagramBytes())
        .paths(
            new PathSettings(
                ecn,
                !builder.clientsMayMigrate,
                builder.preferredAddress,
                builder.followPreferredAddress))
        .datagramFrameBytesMax(builder.settings.datagramFrameBytesMax())
        .datagramSendQueueBytes(builder.settings.datagramSendQueueBytes())
        .datagramReceiveQueueBytes(builder.settings.datagramReceiveQueueBytes())
        .versions(
            builder.versions.stream()
                .map(version ->
                    switch (version) {
                      case V1 -> io.hypermesh.stoq.packet.QuicVersion.V1;
                      case V2 -> io.hypermesh.stoq.packet.QuicVersion.V2;
                    })
                .toList())
        .build();
  }

  TlsSettings tlsSettings(EndpointSecret keys, SecureRandom random) {
    return TlsSettings.builder()
        .keyManager(builder.keyManager)
        .trustManager(trustManager)
        .applicationProtocols(builder.alpns)
        .clientAuthentication(
            switch (builder.clientAuthentication) {
              case REQUIRED -> io.hypermesh.stoq.handshake.ClientAuthentication.REQUIRED;
              case WANTED -> io.hypermesh.stoq.handshake.ClientAuthentication.WANTED;
              case NONE -> io.hypermesh.stoq.handshake.ClientAuthentication.NONE;
            })
        .groups(builder.namedGroups.stream().map(StoqNamedGroup::group).toList())
        .cipherSuites(builder.cipherSuites.stream().map(StoqCipherSuite::suite).toList())
        .keyLog(keyLog)
        .random(random)
        .resumption(builder.resumption.settings(keys, random, builder.wallClock, earlyData))
        .build()
        .withPublicKeys(publicKeys);
  }
}

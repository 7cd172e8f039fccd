package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.handshake.HandshakeEvent.CryptoData;
import io.hypermesh.stoq.handshake.HandshakeEvent.HandshakeComplete;
import io.hypermesh.stoq.handshake.HandshakeEvent.PeerTransportParameters;
import io.hypermesh.stoq.handshake.HandshakeEvent.TrafficSecrets;
import io.hypermesh.stoq.packet.EncryptionLevel;
import io.hypermesh.stoq.packet.TransportException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** Joins a client and a server, runs their tasks, and lets a test touch what passes. */
final class HandshakePair {
  /** Sees, and may change, the bytes on their way. */
  @FunctionalInterface
  interface Wire {
    byte[] pass(boolean fromClient, EncryptionLevel level, byte[] data);
  }

  /** One side with all that it gave. */
  static final class Side {
    final TlsHandshake handshake;
    final boolean client;
    final Queue<CryptoData> outgoing = new ArrayDeque<>();
    final List<CryptoData> sent = new ArrayList<>();
    final List<TrafficSecrets> secrets = new ArrayList<>();
    final List<HandshakeEvent> events = new ArrayList<>();
    final List<HandshakeTask> tasks = new ArrayList<>();
    PeerTransportParameters peerParameters;
    HandshakeComplete complete;
    HandshakeEvent.EarlyDataBegun earlyData;
    Boolean earlyDataDecided;
    final List<ClientSession> sessions = new ArrayList<>();
    TransportException failure;

    Side(TlsHandshake handshake, boolean client) {
      this.handshake = handshake;
      this.client = client;
    }

    void drain() throws TransportException {
      for (HandshakeTask task = handshake.pollTask(); task != null; task = handshake.pollTask()) {
        tasks.add(task);
        task.run();
        handshake.handleTaskDone(task);
      }
      for (HandshakeEvent event = handshake.pollEvent();
          event != null;
          event = handshake.pollEvent()) {
        events.add(event);
        switch (event) {
          case CryptoData data -> {
            outgoing.add(data);
            sent.add(data);
          }
          case TrafficSecrets given -> secrets.add(given);
          case PeerTransportParameters parameters -> peerParameters = parameters;
          case HandshakeComplete completed -> complete = completed;
          case HandshakeEvent.EarlyDataBegun begun -> earlyData = begun;
          case HandshakeEvent.EarlyDataDecided decided -> earlyDataDecided = decided.accepted();
          case HandshakeEvent.SessionKept kept -> sessions.add(kept.session());
        }
      }
    }

    byte[] secret(EncryptionLevel level, boolean read) {
      for (TrafficSecrets given : secrets) {
        byte[] secret = read ? given.readSecret() : given.writeSecret();
        if (given.level() == level && secret != null) {
          return secret;
        }
      }
      throw new AssertionError("no secret at level " + level + ", read " + read);
    }
  }

  final Side client;
  final Side server;
  private final Wire wire;
  private final int chunkBytes;

  HandshakePair(TlsHandshake client, TlsHandshake server, Wire wire, int chunkBytes) {
    this.client = new Side(client, true);
    this.server = new Side(server, false);
    this.wire = wire;
    this.chunkBytes = chunkBytes;
  }

  HandshakePair(TlsHandshake client, TlsHandshake server) {
    this(client, server, (fromClient, level, data) -> data, Integer.MAX_VALUE);
  }

  /** Runs until neither side has more to say, or one fails. */
  HandshakePair run() {
    boolean moved = true;
    while (moved && client.failure == null && server.failure == null) {
      boolean fromClient = move(client, server);
      boolean fromServer = move(server, client);
      moved = fromClient || fromServer;
    }
    return this;
  }

  private boolean move(Side from, Side to) {
    try {
      from.drain();
    } catch (TransportException e) {
      from.failure = e;
      return false;
    }
    CryptoData next = from.outgoing.poll();
    if (next == null) {
      return false;
    }
    byte[] data = wire.pass(from.client, next.level(), next.data().clone());
    try {
      for (int at = 0; at < data.length; at += chunkBytes) {
        int length = Math.min(chunkBytes, data.length - at);
        to.handshake.handleCrypto(next.level(), data, at, length);
        if (length == data.length - at) {
          break;
        }
      }
      to.drain();
    } catch (TransportException e) {
      to.failure = e;
    }
    return true;
  }
}

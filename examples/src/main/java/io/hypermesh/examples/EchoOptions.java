package io.hypermesh.examples;

import io.hypermesh.stoq.Qlog;
import io.hypermesh.stoq.StoqEndpoint;
import io.hypermesh.stoq.StoqEndpointBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What {@link EchoServer} and {@link EchoClient} can be told on the command line. */
record EchoOptions(Map<String, String> values) {
  static final String USAGE =
      """
      --host ADDRESS    the server's IPv6 address; ::1 unless given
      --port PORT       9292 unless given
      --alpn PROTOCOL   stoq/1.0 unless given
      --cert FILE       own certificates in PEM, with --key and --ca
      --key FILE        own private key in PEM (PKCS#8)
      --ca FILE         certificates to trust, in PEM
      --identity DIR    instead of those: a throwaway identity that the server makes in DIR,
                        for a client on the same machine; ./echo-identity unless given
      --keylog FILE     appends the secrets of the connections, for packet analysers
      --qlog DIR        logs each connection in DIR, for tools like qvis
      --message TEXT    what the client sends; "hello" unless given\
      """;

  private static final Set<String> NAMES =
      Set.of("host", "port", "alpn", "cert", "key", "ca", "identity", "keylog", "qlog", "message");

  /** Reads {@code --name value} pairs. */
  static EchoOptions parse(String... arguments) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : "";
      if (!NAMES.contains(name) || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            "couldn't use " + arguments[i] + "; options are:\n" + USAGE);
      }
      values.put(name, arguments[i + 1]);
    }
    return new EchoOptions(values);
  }

  String get(String name, String otherwise) {
    return values.getOrDefault(name, otherwise);
  }

  /** The address of the server. */
  InetSocketAddress server() {
    String host = get("host", "::1");
    int port = port();
    try {
      return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "couldn't use --host " + host + " and --port " + port + ": " + e.getMessage(), e);
    }
  }

  private int port() {
    String text = get("port", Integer.toString(StoqEndpoint.DEFAULT_PORT));
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("couldn't use --port " + text + ": not a number", e);
    }
  }

  /** An endpoint's builder with the identity, the protocol and the key log that were asked for. */
  StoqEndpointBuilder endpoint() throws IOException, GeneralSecurityException {
    PemIdentity identity =
        hasFiles()
            ? PemIdentity.read(file("cert"), file("key"), file("ca"))
            : PemIdentity.readThrowaway(throwaway());
    StoqEndpointBuilder builder =
        StoqEndpoint.builder()
            .keyManager(identity.keyManager())
            .trustManager(identity.trustManager())
            .alpns(get("alpn", StoqEndpoint.DEFAULT_ALPN));
    if (values.containsKey("keylog")) {
      Path keyLog = file("keylog");
      builder.keyLog(line -> append(keyLog, line));
    }
    if (values.containsKey("qlog")) {
      builder.qlog(Qlog.toDirectory(file("qlog")));
    }
    return builder;
  }

  /** The folder of the throwaway identity. */
  Path throwaway() {
    return Path.of(get("identity", "echo-identity"));
  }

  /** Whether an identity was given in PEM files. */
  boolean hasFiles() {
    return values.containsKey("cert");
  }

  private Path file(String name) {
    String file = values.get(name);
    if (file == null) {
      throw new IllegalArgumentException("couldn't use --cert without --key and --ca: " + name);
    }
    return Path.of(file);
  }

  private static void append(Path file, String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      System.err.println("couldn't write " + file + ": " + e.getMessage());
    }
  }
}

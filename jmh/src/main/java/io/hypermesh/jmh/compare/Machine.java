package io.hypermesh.jmh.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What figures come from: they say nothing without it. */
final class Machine {
  private static final Pattern JAR = Pattern.compile("([^/:]+)-(\\d[^/:]*)\\.jar");

  private Machine() {}

  /** The processor, the system, the JDK, and the libraries' versions. */
  static Map<String, String> describe(Settings settings) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", processor());
    facts.put("cores used", settings.cores() + (Cores.canPin() ? ", pinned" : ", not pinned"));
    facts.put(
        "system",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"));
    facts.put(
        "Java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
    facts.put("load before", load());
    facts.put("libraries", libraries());
    facts.put(
        "times",
        "warm-up "
            + settings.warmUp().toMillis() / 1_000.0
            + " s, "
            + settings.repetitions()
            + " repetitions of "
            + settings.time().toMillis() / 1_000.0
            + " s in turns");
    return facts;
  }

  private static String processor() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip()
              + ", "
              + Runtime.getRuntime().availableProcessors()
              + " CPUs";
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return System.getProperty("os.arch")
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " CPUs";
  }

  private static String load() {
    try {
      return Files.readString(Path.of("/proc/loadavg")).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String libraries() {
    Map<String, String> versions = new LinkedHashMap<>();
    Matcher matcher = JAR.matcher(System.getProperty("java.class.path"));
    while (matcher.find()) {
      String name = matcher.group(1);
      if (name.matches("netty-codec-native-quic|kwik|aeron-driver|bcprov-jdk18on|stoq-core")) {
        versions.put(name, matcher.group(2));
      }
    }
    return versions.toString().replaceAll("[{}]", "").replace('=', ' ');
  }
}

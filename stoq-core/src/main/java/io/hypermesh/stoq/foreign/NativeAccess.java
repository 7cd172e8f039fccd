package io.hypermesh.stoq.foreign;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether this module may call native code here, by the Foreign Function and Memory API. Only where
 * a host has enabled it: a JDK that would merely warn is not asked to. Any thread may call it.
 */
public final class NativeAccess {
  private NativeAccess() {}

  /**
   * Why native code for Linux can't be called here, to be read by people; null where it can.
   *
   * @param architectures those that it's for, in lower case, as {@code os.arch} names them
   */
  public static @Nullable String missing(Set<String> architectures) {
    String system = System.getProperty("os.name", "");
    if (!system.equals("Linux")) {
      return "the system is " + system;
    }
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    if (!architectures.contains(architecture)) {
      return "the architecture is " + architecture;
    }
    Module module = NativeAccess.class.getModule();
    if (!module.isNativeAccessEnabled()) {
      return "native access isn't enabled: --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
    }
    return null;
  }

  /**
   * What a call threw: a handle of the right type to a C function throws nothing but what the JVM
   * itself throws, which goes on.
   */
  public static IllegalStateException failed(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("couldn't call a native function", cause);
  }
}

package io.hypermesh.stoq.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForwardingDatagramDriverTest {
  private final List<Method> called = new ArrayList<>();
  private final DatagramDriver below =
      (DatagramDriver)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {DatagramDriver.class},
              (proxy, method, arguments) -> {
                called.add(method);
                if (method.getReturnType() == int.class) {
                  return 7;
                }
                return method.getReturnType() == boolean.class ? true : null;
              });

  private static ForwardingDatagramDriver to(DatagramDriver driver) {
    return new ForwardingDatagramDriver(driver) {};
  }

  @Test
  void shouldForwardEveryMethodADriverHas() throws Exception {
    List<Method> methods =
        Arrays.stream(DatagramDriver.class.getDeclaredMethods())
            .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isSynthetic())
            .filter(method -> !method.getName().equals("claim") || method.getParameterCount() == 0)
            .filter(method -> !method.getName().equals("openSibling"))
            .toList();
    DatagramDriver forwarding = to(below);
    for (Method method : methods) {
      Object[] arguments =
          Arrays.stream(method.getParameterTypes())
              .map(type -> type == int.class ? (Object) 1 : type == long.class ? (Object) 1L : null)
              .toArray();
      Object result = method.invoke(forwarding, arguments);
      if (method.getReturnType() == int.class) {
        assertThat(result).as(method.getName()).isEqualTo(7);
      } else if (method.getReturnType() == boolean.class) {
        assertThat(result).as(method.getName()).isEqualTo(true);
      }
    }
    assertThat(called).containsExactlyElementsOf(methods);
  }

  @Test
  void shouldHaveOneSpaceAtATimeSoThatACommitMayBeDropped() throws Exception {
    try (DatagramDriver own = NioDatagramDriver.open(NioDatagramDriverTest.ANY_PORT)) {
      assertThat(to(own).claim(0)).isSameAs(own.claim());
      assertThat(own.claim(1)).isNotNull();
      assertThat(to(own).claim(1)).isNull();
    }
  }

  @Test
  void shouldOpenNoSiblingThatWouldNotBeWrapped() throws Exception {
    try (DatagramDriver own = NioDatagramDriver.open(NioDatagramDriverTest.ANY_PORT)) {
      assertThat(to(own).openSibling()).isNull();
    }
  }

  @Test
  void shouldWatchTheSocketBelowAnotherForwardingDriver() throws Exception {
    try (DatagramDriver own = NioDatagramDriver.open(NioDatagramDriverTest.ANY_PORT);
        DatagramDriver other = NioDatagramDriver.open(NioDatagramDriverTest.ANY_PORT)) {
      assertThat(to(own).watch(to(to(other)))).isTrue();
      assertThat(own.watch(below)).isFalse();
    }
  }
}

"""The story that `roaming-gateway demo` plays: one CPO, two operators, three hubs, over real HTTP on loopback."""

from gateway.demo.story import play

__all__ = ["play"]

"""How a protocol spells the name of a field."""

from collections.abc import Callable, Mapping


def spelled(words: Mapping[str, str], first: Callable[[str], str] = str.capitalize) -> Callable[[str], str]:
    """The rule from snake case to the wire: `spelled({"cpo": "CPO"})` turns `cpo_session` into `CPOSession`.

    `first` spells the first word where `words` does not (`str.lower` gives lower camel case).
    """

    def name(python_name: str) -> str:
        head, *tail = python_name.split("_")
        return "".join([words.get(head) or first(head), *(words.get(word) or word.capitalize() for word in tail)])

    return name

"""Sums of products as text, "x y - 0.5 y^2 w" or "y (x - y w)", as a coefficient for each product."""
import difflib
import re
from typing import Any, ClassVar, Dict, Iterable, List, NamedTuple, Sequence, Tuple

Product = Tuple[Tuple[str, int], ...]  # of factors and their powers, in the order of the names
Polynomial = Dict[Product, float]

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)"
                    r"|(?P<sign>\*\*|[-+*/^()]))")


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def nearest(name: str, names: Iterable[str]) -> str:
    """"; did you mean 'weights'?" of a name that is almost one of the names, or ""."""
    close = difflib.get_close_matches(str(name), [str(other) for other in names], 1, 0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


def unknown(what: str, name: object, names: Iterable[str]) -> str:
    """"there is no population 'X'; there are 'x', 'y'; did you mean 'x'?" """
    names = [str(other) for other in names]
    listed = ", ".join(repr(other) for other in names) or "none"
    return f"there is no {what} {name!r}; there {'is' if len(names) < 2 else 'are'} {listed}" + nearest(str(name), names)


class Closed:
    """Its attributes are those that its construction makes, the last of which is `_last`: no other one can be set."""
    _last: ClassVar[str]

    def __setattr__(self, name: str, value: Any) -> None:
        if self._last in self.__dict__ and name not in self.__dict__ and not hasattr(type(self), name):
            raise AttributeError(f"{type(self).__name__}: " + unknown("attribute", name, [key for key in vars(self) if not key.startswith("_")]))
        super().__setattr__(name, value)


def parse(text: str, names: Sequence[str]) -> Polynomial:
    """The sum that `text` is, of products of `names`.

    Factors stand beside each other or with * between them; powers are ^2 or **2, whole numbers; brackets are
    multiplied out. Equal products are added up.

    Raises
    ------
    ValueError
        With the column at fault, and the nearest name.
    """
    return _Parser(text, names).whole()


class _Parser:
    def __init__(self, text: str, names: Sequence[str]):
        self.text, self.names = text, list(names)
        self.tokens = self._tokens()
        self.at = 0

    def _tokens(self) -> List[_Token]:
        tokens, at = [], 0
        text = self.text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if not found:
                column = at + len(text[at:]) - len(text[at:].lstrip())
                raise self.fault(f"unexpected {text[column]!r}", column)
            kind = found.lastgroup or ""
            tokens.append(_Token(kind, found.group(kind), found.start(kind)))
            at = found.end()
        return tokens + [_Token("end", "", len(text))]

    def fault(self, what: str, column: int) -> ValueError:
        return ValueError(f"rule {self.text!r}, column {column + 1}: {what}")

    def next_is(self, *signs: str) -> bool:
        return self.tokens[self.at].kind == "sign" and self.tokens[self.at].text in signs

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def whole(self) -> Polynomial:
        result = self.sum()
        token = self.tokens[self.at]
        if token.kind != "end":
            raise self.fault(f"unexpected {token.text!r}", token.column)
        return result

    def sum(self) -> Polynomial:
        total: Polynomial = {}
        first = True
        while first or self.next_is("+", "-"):
            sign = -1.0 if self.next_is("+", "-") and self.take().text == "-" else 1.0
            for product, value in self.product().items():
                total[product] = total.get(product, 0.0) + sign * value
            first = False
        return total

    def product(self) -> Polynomial:
        result = self.factor()
        while True:
            if self.next_is("/"):
                self.take()
                token = self.take()
                if token.kind != "number" or float(token.text) == 0:
                    raise self.fault("only a number that is not 0 can stand behind /", token.column)
                result = {product: value / float(token.text) for product, value in result.items()}
                continue
            if self.next_is("*"):
                self.take()
            elif not (self.tokens[self.at].kind in ("number", "name") or self.next_is("(")):
                return result
            result = self.times(result, self.factor())

    def times(self, a: Polynomial, b: Polynomial) -> Polynomial:
        result: Polynomial = {}
        for left, x in a.items():
            for right, y in b.items():
                powers = dict(left)
                for name, power in right:
                    powers[name] = powers.get(name, 0) + power
                key = tuple((name, powers[name]) for name in self.names if name in powers)
                result[key] = result.get(key, 0.0) + x * y
        return result

    def factor(self) -> Polynomial:
        token = self.take()
        if token.kind == "number":
            base: Polynomial = {(): float(token.text)}
        elif token.kind == "name":
            base = {((self.known(token), 1),): 1.0}
        elif token.text == "(":
            base = self.sum()
            if not self.next_is(")"):
                raise self.fault("a bracket is not closed", token.column)
            self.take()
        else:
            raise self.fault("a number, a factor or a bracket is missing", token.column)
        if not self.next_is("^", "**"):
            return base
        self.take()
        token = self.take()
        if token.kind != "number" or not token.text.isdigit() or int(token.text) > 9:
            raise self.fault("a power is a whole number, 0 to 9", token.column)
        result: Polynomial = {(): 1.0}
        for _ in range(int(token.text)):
            result = self.times(result, base)
        return result

    def known(self, token: _Token) -> str:
        if token.text in self.names:
            return token.text
        hint = nearest(token.text, self.names)
        if len(token.text) > 1 and all(letter in self.names for letter in token.text):
            hint = f"; did you mean {' '.join(token.text)!r}?"
        raise self.fault(f"there is no factor {token.text!r}, there are {', '.join(self.names)}"
                         + (hint or "; PlasticityRule(..., factors={...}) binds others"), token.column)


def shown(product: Product) -> str:
    """"x y^2" """
    return " ".join(name if power == 1 else f"{name}^{power}" for name, power in product if power) or "1"

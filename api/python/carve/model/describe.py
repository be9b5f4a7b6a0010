"""What all descriptions share: defaults from the library, a signature, a repr and pickling, all made from the structs' fields."""
import ctypes
import functools
import inspect
from typing import Any, ClassVar, Collection, Dict, List, Mapping, Optional, Tuple, Type

from .. import constants, library
from ..errors import check

# Fields that are set by the class, or by the length of a list.
_NOT_KEYWORDS = ("struct_size", "reserved", "kind", "at_spikes", "n_receptors", "n_plasticity", "n_terms", "n_synapses",
                 "n_populations", "n_projections", "n_rules", "n_probes")
_ENUMS: Dict[str, Type[constants.IntEnum]] = {
    "precision": constants.Precision, "isa": constants.Isa, "layout": constants.Layout, "gradient": constants.Gradient,
    "form": constants.Form, "activation": constants.Activation, "source": constants.Source,
    "connectivity": constants.Connectivity, "inference": constants.Inference, "mask_from": constants.MaskFrom,
    "initial_weights": constants.InitialWeights, "presynaptic": constants.Presynaptic, "baseline": constants.Baseline,
    "trace_jump": constants.TraceJump, "coincidence": constants.Coincidence, "likelihood": constants.Likelihood,
    "sums": constants.Sums}


def base(struct: type) -> Any:
    """The struct of library.py that a class describes."""
    return next(kind for kind in struct.__mro__ if kind.__module__ == library.__name__)


def names(struct: Optional[type]) -> List[str]:
    """The numbers of a struct that a caller sets, in order."""
    return [name for name, kind in (base(struct)._fields_ if struct else []) if name not in _NOT_KEYWORDS
            and kind in (ctypes.c_uint32, ctypes.c_uint64, ctypes.c_double)]


def _shown(name: str, value: Any) -> Any:
    if name in library.OPTIONAL and value == constants.NO_POPULATION:
        return None
    enum = _ENUMS.get(name)
    return enum(value) if enum and value in enum.__members__.values() else value


def _init(struct: library.Struct) -> None:
    init = getattr(library.lib, f"carve_{library.name_in_c(base(type(struct)))}_init")
    check(init(ctypes.byref(struct), ctypes.sizeof(struct)))


@functools.lru_cache(maxsize=None)
def defaults(struct: type) -> Mapping[str, Any]:
    fresh = base(struct)()
    _init(fresh)
    return {name: _shown(name, getattr(fresh, name)) for name in names(struct)}


def changed(struct: library.Struct) -> Dict[str, Any]:
    """The fields that do not have the library's defaults."""
    values = {name: _shown(name, getattr(struct, name)) for name in names(type(struct))}
    return {name: value for name, value in values.items() if value != defaults(base(type(struct)))[name]}


def fill(struct: library.Struct, fields: Mapping[str, Any], others: Collection[str] = ()) -> None:
    """Defaults from the library, then `fields`. others: names that the caller takes elsewhere."""
    _init(struct)
    known = names(type(struct))
    for name, value in fields.items():
        if name not in known:
            raise unknown(type(struct), name, {*known, *others})
        setattr(struct, name, value)


def unknown(kind: type, name: str, known: Collection[str]) -> TypeError:
    return TypeError(f"{kind.__name__} has no field {name!r}; it has " + ", ".join(sorted(known)))


def split(fields: Mapping[str, Any], struct: Optional[type]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """`fields` without those of the struct, and these."""
    own = names(struct)
    return ({name: value for name, value in fields.items() if name not in own},
            {name: value for name, value in fields.items() if name in own})


def make(kind: type, arguments: List[Any], fields: Dict[str, Any]) -> Any:
    return kind(*arguments, **fields)


class Described:
    """A description. Its repr is the call that makes an equal one, and so is what is pickled."""
    _struct: ClassVar[Optional[type]] = None
    # Fields of the structs that the class does not take: they are of other classes with the same struct.
    _not_taken: ClassVar[Tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        signature = inspect.signature(cls.__init__)
        given = [p for p in list(signature.parameters.values())[1:] if p.kind != p.VAR_KEYWORD]
        if not issubclass(cls, library.Struct):
            return
        fields: Dict[str, Any] = {}
        if len(given) < len(signature.parameters) - 1: # with **fields
            fields = {**defaults(base(cls)), **(defaults(cls._struct) if cls._struct else {})}
        for name in [*(parameter.name for parameter in given), *cls._not_taken]:
            fields.pop(name, None)
        given += [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value,
                                    annotation=Optional[int] if value is None else type(value)) for name, value in fields.items()]
        cls.__signature__ = inspect.Signature(given) # type: ignore[attr-defined]

    def _become_part(self) -> None:
        """Of a Model, which a Sim relies on: it does not change any more, nor do the structs that it points to."""
        object.__setattr__(self, "_is_part", True)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_is_part" in self.__dict__:
            raise AttributeError(f"{name} of a {type(self).__name__} that is, or is part of, a Model: it is not changed any more; "
                                 "make another one")
        if not hasattr(type(self), name):
            known = {*names(type(self)), *names(self._struct)}.difference(self._not_taken)
            raise AttributeError(str(unknown(type(self), name, known)))
        super().__setattr__(name, value)

    def _arguments(self) -> Tuple[List[Any], Dict[str, Any]]:
        """What an equal one is made of."""
        raise NotImplementedError

    def __repr__(self) -> str:
        arguments, fields = self._arguments()
        return f"carve.{type(self).__name__}({', '.join([*map(repr, arguments), *(f'{k}={v!r}' for k, v in fields.items())])})"

    def __reduce__(self) -> Any:
        return make, (type(self), *self._arguments())


class WithParameters(Described):
    """A struct that points to the parameters of its kind, whose fields are its own attributes, too."""
    _kind: ClassVar[int]
    own: Any

    def _fill(self, outer: Mapping[str, Any], fields: Mapping[str, Any], own: Mapping[str, Any] = {}) -> None:
        """outer, own: fields of the struct itself and of its parameters; fields: the caller's, of either."""
        assert isinstance(self, library.Struct)
        known = {*names(type(self)), *names(self._struct)}.difference(self._not_taken)
        for name in fields:
            if name not in known:
                raise unknown(type(self), name, known)
        fields, parameters = split(fields, self._struct)
        object.__setattr__(self, "own", self._struct() if self._struct else None)
        fill(self, {**outer, **fields})
        self.kind = self._kind
        if self._struct:
            fill(self.own, {**parameters, **own})
            self.parameters = ctypes.addressof(self.own)

    def _changed(self, *without: str) -> Dict[str, Any]:
        assert isinstance(self, library.Struct)
        fields = {**changed(self), **(changed(self.own) if self.own else {})}
        return {name: value for name, value in fields.items() if name not in without}

    # What the struct itself does not have is its parameters'.
    def __getattr__(self, name: str) -> Any:
        if name == "own":
            raise AttributeError(name)
        return getattr(self.own, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in names(self._struct) and "_is_part" not in self.__dict__:
            self.own.__setattr__(name, value)
        else:
            super().__setattr__(name, value)

"""Rules of the literature, which `carve rules` lists, and the file rule.toml."""
import os
import pathlib
import re
import tomllib
from typing import Any, Dict, List, Mapping, Sequence, Tuple, Union

from ..command import preset_list
from ..toml import quoted
from ..model import AnyRule
from .rule_text import nearest, shown, unknown
from .rules import KernelRule, PlasticityRule

Path = Union[str, "os.PathLike[str]"]
_BARE = re.compile("[A-Za-z0-9_-]+")  # keys that TOML takes without quotes


def _of_table(terms: Sequence[Mapping[str, Any]], **options: Any) -> PlasticityRule:
    """Of the terms of a rule file, or of a preset."""
    theta = {}
    for term in terms:
        name = term.get("name") or term.get("term") or shown(tuple((key, term.get(key, 0)) for key in "xyw"))
        theta[name] = float(term["theta"])
    rule = PlasticityRule([name for name in theta if not name.startswith("tau_")], **options)
    return rule.set(theta)


def preset(name: str) -> PlasticityRule:
    """A rule of the literature by its name; `carve rules` lists them.

    Parameters
    ----------
    name : str

    Returns
    -------
    PlasticityRule

    Raises
    ------
    ValueError
        If there is none of that name, or it cannot be simulated.
    """
    presets = {entry["name"]: entry for entry in preset_list()}
    if name not in presets:
        raise ValueError(f"there is no preset {name!r}; `carve rules` lists them" + nearest(name, presets))
    entry = presets[name]
    if not entry["expressible"]:
        raise ValueError(f"preset {name!r} cannot be simulated: {entry['note']}")
    return _of_table(entry["terms"], presynaptic=entry["presynaptic"] or "rate", eta=entry["eta"], source=f"preset {name}")


def load_rules(path: Path, **options: Mapping[str, Any]) -> Dict[str, PlasticityRule]:
    """The rules of a rule.toml, or of the run directory that holds one, by name.

    Parameters
    ----------
    path : path
    options : dict, by keyword
        For each rule's name what else PlasticityRule takes: the file itself does not say what a further factor or an
        eligibility trace is.
    """
    file = pathlib.Path(path)
    file = file / "rule.toml" if file.is_dir() else file
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    if table.get("format") != 1 or not table.get("rule"):
        raise ValueError(f"{file} is no rule file of format 1 (docs/files.md, rule.toml)")
    absent = [name for name in options if name not in table["rule"]]
    if absent:
        raise ValueError(f"{file}: " + unknown("rule", absent[0], table["rule"]))
    rules = {}
    for name, entry in table["rule"].items():
        try:
            rules[name] = _of_table(entry["terms"], eta=entry.get("eta"), source=table.get("source", ""), **options.get(name, {}))
        except ValueError as error:
            raise ValueError(f"{file}, [rule.{name}]: {error}") from None
    return rules


def rules_of(path: Path) -> Dict[str, PlasticityRule]:
    """Of a rule.toml; of a run directory with what its task says of the rules."""
    task = pathlib.Path(path) / "task.toml"
    tables = tomllib.loads(task.read_text(encoding="utf-8")).get("rule", {}) if task.is_file() else {}
    return load_rules(path, **{name: _options(name, table) for name, table in tables.items()})


def _options(name: str, table: Mapping[str, Any]) -> Dict[str, Any]:
    """What a task says of a rule beside its terms, as PlasticityRule takes it."""
    if table.get("kind", "polynomial") != "polynomial":
        raise ValueError(f"[rule.{name}] is of kind {table['kind']!r}, which PlasticityRule is not; Run.coefficients has its coefficients")
    options: Dict[str, Any] = {key: table[key] for key in ("eligibility", "coincidence", "trace_jump") if key in table}
    factors = {key: _factor(value) for key, value in table.get("factors", {}).items()}
    if "x" in factors:
        options["presynaptic"] = factors.pop("x")
    if "modulator" in table:
        options["modulator"] = _factor(table["modulator"])
    return {**options, "factors": factors} if factors else options


def _factor(value: Any) -> Any:
    """Of a task, by the name of the population."""
    if isinstance(value, str):
        return value.removeprefix("population.")
    return {key: _factor(inner) if key == "of" else inner for key, inner in value.items()}


def _is_path(rule: Any) -> bool:
    """Text without a separator is the name of a preset or a sum, also where a folder has that name."""
    separators = [os.sep, *([os.altsep] if os.altsep else [])]
    if isinstance(rule, str) and not rule.endswith(".toml"):
        return any(sign in rule for sign in separators) and os.path.isdir(rule)
    return isinstance(rule, (str, os.PathLike))


def rule_of(rule: Any, name: str) -> Union[PlasticityRule, KernelRule]:
    """What Network.project takes as the rule of the projection `name`."""
    if isinstance(rule, (PlasticityRule, KernelRule)):
        return rule
    if isinstance(rule, AnyRule):
        return KernelRule(rule)
    if _is_path(rule):
        rules = rules_of(rule)
        if name not in rules and len(rules) > 1:
            raise ValueError(f"{os.fspath(rule)} has the rules {', '.join(rules)}, none for the projection {name!r}: take one of "
                             "load_rules(...)")
        return rules.get(name, next(iter(rules.values())))
    if not isinstance(rule, str):
        raise TypeError(f"rule is {rule!r}; it can be text, a name, a path or a PlasticityRule")
    return preset(rule) if len(rule) > 1 and rule.isidentifier() else PlasticityRule(rule)


def save_rules(path: Path, rules: Mapping[str, PlasticityRule], source: str = "") -> None:
    """Writes a rule.toml, which `carve eval`, `carve simulate` and `carve train --init` read. It holds the terms of each rule, their
    coefficients and eta; what further factors and `eligibility` are of is not in it: load_rules takes these again.

    Parameters
    ----------
    path : path
    rules : dict of PlasticityRule
        By name.
    source : str
        Where they are from.
    """
    if not rules:
        raise ValueError("rules is empty: a rule.toml holds at least one")
    for name, rule in rules.items():
        _check_saved(name, rule)
    lines = ["format = 1", f"source = {quoted(source or next(iter(rules.values())).source)}"]
    for name, rule in rules.items():
        lines += ["", f"[rule.{name if _BARE.fullmatch(name) else quoted(name)}]"] + ([] if rule.eta is None else [f"eta = {float(rule.eta)!r}"]) + ["terms = ["]
        for term, value in rule.coefficients.items():
            products = None if rule.at_spikes or term.startswith("tau_") else dict(_powers_of(term))
            if products is not None and set(products) <= set("xyw"):
                key = ", ".join(f"{factor} = {products.get(factor, 0)}" for factor in "xyw")
            else:
                key = f"{'name' if rule.at_spikes and ':' not in term else 'term'} = {quoted(term)}"
            lines.append(f"    {{ {key}, theta = {float(value)!r} }},")
        lines.append("]")
    pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _powers_of(term: str) -> List[Tuple[str, int]]:
    if term == "1":
        return []
    return [(name, int(power or 1)) for name, _, power in (factor.partition("^") for factor in term.split())]


def _check_saved(name: str, rule: Any) -> None:
    """That the file can hold it: terms, their coefficients and eta."""
    if not isinstance(name, str) or not name:
        raise TypeError(f"rules: the name of a rule is a text, not {name!r}")
    if not isinstance(rule, PlasticityRule):
        raise TypeError(f"rule {name!r} is {rule!r}; a rule.toml holds PlasticityRules")
    for option, (value, default) in rule.beside_terms().items():
        if value != default:
            raise ValueError(f"rule {name!r} has {option} = {value!r}, which a rule.toml cannot say: a task can (docs/task.md), "
                             "or pickle the PlasticityRule")

"""Networks in the field's words, their rules, and what becomes of them under many rules at once."""
from .evaluate import Evaluation, Evaluator, evaluate
from .losses import ActivityLoss, DecorrelationLoss, DistanceLoss, RateLoss, SubspaceLoss, TrajectoryLoss, WeightLoss
from .network import Network
from .rule_files import load_rules, preset, save_rules
from .rules import KernelRule, PlasticityRule

__all__ = ["ActivityLoss", "DecorrelationLoss", "DistanceLoss", "Evaluation", "Evaluator", "KernelRule", "Network",
           "PlasticityRule", "RateLoss", "SubspaceLoss", "TrajectoryLoss", "WeightLoss", "evaluate", "load_rules",
           "preset", "save_rules"]

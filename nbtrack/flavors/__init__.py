"""Frameworks behind one protocol, and saving and loading written once for all of them."""

from nbtrack.flavors.inspection import Inspection, inspect_model
from nbtrack.flavors.loader_module import LoaderModule
from nbtrack.flavors.loading import load_model, load_pyfunc
from nbtrack.flavors.model_script import ModelScript
from nbtrack.flavors.pickling import inner_path
from nbtrack.flavors.protocol import Flavor, FlavorConfig, Predictor
from nbtrack.flavors.pyfunc_model import PyFuncModel
from nbtrack.flavors.python_function import PythonFunctionFlavor
from nbtrack.flavors.python_model import PythonModel, PythonModelContext
from nbtrack.flavors.saving import save_model
from nbtrack.flavors.selection import flavor_for, flavor_name_for, flavor_named, flavor_settings, register_flavor
from nbtrack.flavors.type_hints import TypeFromExample

__all__ = [
    "Flavor",
    "FlavorConfig",
    "Inspection",
    "LoaderModule",
    "ModelScript",
    "Predictor",
    "PyFuncModel",
    "PythonFunctionFlavor",
    "PythonModel",
    "PythonModelContext",
    "TypeFromExample",
    "flavor_for",
    "flavor_name_for",
    "flavor_named",
    "flavor_settings",
    "inner_path",
    "inspect_model",
    "load_model",
    "load_pyfunc",
    "register_flavor",
    "save_model",
]

"""Builds the wheel: the resources beside the package travel inside it as ``desktop.resources``."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["desktop*"]), "desktop.resources"],
    package_dir={"desktop.resources": "resources"},
    package_data={"desktop.resources": ["**/*"]},
)

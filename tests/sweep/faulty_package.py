"""The scenario of faults as an installed package."""

from pathlib import Path


def install_faults(root: Path) -> Path:
    """Write the scenario of faults as pip would install it, and return its folder."""
    (root / "simlab_faults.py").write_text(Path(__file__).with_name("faults.py").read_text())
    info = root / "simlab_faults-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: simlab-faults\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[simlab.scenarios]\nfaults = simlab_faults:SCENARIO\n")
    return root

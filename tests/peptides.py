"""Peptides cut from ubiquitin and short nucleic acids, as PDB files without charges."""

from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "data" / "1ubi.pqr"


def heavy_atoms(first=1, last=76):
    """Name, residue, number and position of the atoms that are not hydrogen."""
    for line in EXAMPLE.read_text().splitlines():
        fields = line.split()
        if fields[:1] != ["ATOM"] or fields[2].startswith("H"):
            continue
        if first <= int(fields[4]) <= last:
            yield fields[2], fields[3], int(fields[4]), tuple(map(float, fields[5:8]))


def pdb_atom(serial, name, residue, number, position, *, chain="A", record="ATOM", alt=" "):
    """One line of a PDB file; the element is the first letter of the name."""
    x, y, z = position
    return (
        f"{record:<6s}{serial:5d}  {name:<3s}{alt}{residue:>3s} {chain}{number:4d}    "
        f"{x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00          {name[0]:>2s}\n"
    )


def pdb_text(first=1, last=76, *, chain="A", shift=0.0, end=True):
    """A peptide as the text of a PDB file."""
    atoms = heavy_atoms(first, last)
    text = "".join(
        pdb_atom(k + 1, name, residue, number, (x + shift, y, z), chain=chain)
        for k, (name, residue, number, (x, y, z)) in enumerate(atoms)
    )
    return text + ("TER\nEND\n" if end else "")


def formal_charge(first=1, last=76):
    """Lys and Arg +1, Asp and Glu -1; the ends of the chain cancel."""
    residues = {number: residue for _, residue, number, _ in heavy_atoms(first, last)}
    names = list(residues.values())
    positive = sum(name in ("LYS", "ARG") for name in names)
    return positive - sum(name in ("ASP", "GLU") for name in names)


def nucleic_text(names):
    """A chain of nucleotides, as DA, DC, .. or RA, RC, .. of pdb2pqr's own reference geometry."""
    from pdb2pqr.io import get_definitions

    residues, lines, end = get_definitions().map, [], None
    for number, name in enumerate(names, start=1):
        atoms = {a.name: (a.x, a.y, a.z) for a in residues[name].map.values() if "H" not in a.name}
        shift = (0.0, 0.0, 0.0)
        if end is not None:  # the phosphorus 1.6 Angstrom from the last oxygen
            shift = tuple(e + 0.9 - p for e, p in zip(end, atoms["P"], strict=True))
        for atom, position in atoms.items():
            if number == 1 and "P" in atom:
                continue
            place = tuple(x + s for x, s in zip(position, shift, strict=True))
            modern = {"O1P": "OP1", "O2P": "OP2"}.get(atom, atom)
            residue = name[1:] if name.startswith("R") else name
            lines.append(pdb_atom(len(lines) + 1, modern, residue, number, place))
            if atom == "O3'":
                end = place
    return "".join(lines) + "TER\nEND\n"

mol new 1ubi.pqr
mol addfile 1ubi.dx
foreach {level color} {100 0 -100 1} {
    mol color ColorID $color
    mol representation Isosurface $level 0 0 0
    mol addrep top
}

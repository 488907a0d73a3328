load 1ubi.pqr
load 1ubi.dx, potential
isosurface positive, potential, 100
isosurface negative, potential, -100
color blue, positive
color red, negative
set transparency, 0.4

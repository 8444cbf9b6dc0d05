package raster

// shortest is the number of rows under which a second goroutine costs more
// than it saves.
const shortest = 64

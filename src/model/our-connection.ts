/**
 * Under this id stand the records that are kept here and nowhere else: facilities that are run here, their appointments,
 * visits and yard moves, and loads that are planned here. No outside system can be connected by this name.
 */
export const ourConnection = 'gatehouse';

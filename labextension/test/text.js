// Style sheets and drawings are no part of what the tests look at.
module.exports = '<svg></svg>';
